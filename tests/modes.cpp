// Prints the id of every mode that a rule's table has, one a line: for tests/score.
#include <iostream>

#include "diagnose/rule.hpp"

int main() {
    for (const auto* rule : salve::diagnose::all_rules())
        for (const auto& mode : rule->modes) std::cout << mode.id << '\n';
}
