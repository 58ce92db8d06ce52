// Names of the cluster under other names: what a model sees are aliases, so that no name reaches it and none can speak
// to it. (What is left of a text is another file's business: plain.hpp.)
#pragma once
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "kube/meta.hpp"

namespace salve::advise {

class Names {
public:
    // The alias of an object ("deployment-1") or of a container of one ("container-1"); the same each time.
    std::string object(const kube::ObjectRef& ref);
    std::string container(const std::string& name);

    // What the alias stands for, in words: "Deployment web"; nothing for what is none.
    std::optional<std::string> meaning(std::string_view alias) const;
    // The text with the meaning of each alias in its place.
    std::string told(std::string_view text) const;

    // Each known name in the text replaced by one code point that stands for it (from U+E000 on), whole words only and
    // the longest first; code points of that range that were in the text are taken out before. marked() and aliases()
    // stand around whatever else is done to a text, so that it cannot touch an alias.
    std::string marked(std::string_view text) const;
    std::string aliases(std::string_view marked) const;

private:
    std::string alias(const std::string& kind, const std::string& key, const std::string& name,
                      const std::string& meaning);
    std::map<std::string, std::string> by_key_;               // kind and name -> alias
    std::map<std::string, std::string> meanings_;             // alias -> words
    std::map<std::string, int> numbers_;                      // kind -> how many
    std::vector<std::pair<std::string, std::string>> words_;  // name -> alias, in the order of their coming
};

// Is it one of the code points that stand for a name, at this place of the text?
bool is_name_mark(char32_t value);

}  // namespace salve::advise
