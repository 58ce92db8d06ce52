// A subcommand is one file that defines one of these, and one line in commands.def.
#pragma once
#include <CLI/CLI.hpp>
#include <functional>
#include <string_view>

namespace salve::cmd {

class Context;

struct Command {
    std::string_view name, summary;
    // Registers its flags; what it returns is run after parsing and gives the exit code.
    std::function<int(Context&)> (*add)(CLI::App& app, Context& context);
};

}  // namespace salve::cmd
