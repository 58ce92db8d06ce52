// The bodies of the fuzz targets (SAFETY 7.5): each takes any bytes and throws Broken when a promise does not hold.
// With libFuzzer they are programs of their own (make fuzz); the unit tests replay the kept corpus through them.
#pragma once
#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string_view>

namespace salve::fuzz {

struct Broken : std::logic_error {
    using std::logic_error::logic_error;
};

inline void require(bool holds, const char* promise) {
    if (!holds) throw Broken(promise);
}

void canonical(std::string_view bytes);
void record(std::string_view bytes);
void journal(std::string_view bytes);
void head_note(std::string_view bytes);
void plan(std::string_view bytes);
void policy_file(std::string_view bytes);
void ollama_reply(std::string_view bytes);
void advice(std::string_view bytes);
void proto_list(std::string_view bytes);

}  // namespace salve::fuzz

#ifdef SALVE_LIBFUZZER
#define SALVE_FUZZ_TARGET(body)                                                         \
    extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) { \
        salve::fuzz::body(std::string_view(reinterpret_cast<const char*>(data), size)); \
        return 0;                                                                       \
    }
#else
#define SALVE_FUZZ_TARGET(body)
#endif
