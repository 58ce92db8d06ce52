// What every use of libcurl needs first.
#pragma once

namespace salve::io {

// Once for the process, from any thread. Error(internal) if libcurl cannot start.
void start_libcurl();

}  // namespace salve::io
