// Questions to the person at the terminal, and their answers.
#pragma once
#include <string>
#include <string_view>

#include "io/cancel.hpp"

namespace salve::cmd {

class Prompt {
public:
    explicit Prompt(const io::Cancel& cancel) : cancel_(cancel) {}
    // Somebody sits there: stdin and stderr are terminals.
    static bool possible();
    // One line, without its end and without blanks around it. What was typed before the question was asked is thrown
    // away: nobody answers what they have not read. Interrupted on a signal, and at the end of the input.
    std::string ask(std::string_view question);

private:
    const io::Cancel& cancel_;
};

}  // namespace salve::cmd
