#pragma once
// Changes single figures of a board's YAML file and leaves everything else as it stands.

#include <string>
#include <vector>

namespace fragua::app {

/// `key` is a path such as "processor.copy_bytes_per_ns" or
/// "processor.kernels.conv.cycles_per_instruction"; its last part may stand in braces on the line
/// of the part before it.
struct Figure {
  std::string key;
  double value;
};

/// `text` with every figure replaced; a comment on such a line is replaced by `comment`, other
/// lines keep every byte. Throws Error(kInput) naming `origin` and the key that is not there.
std::string ReplaceFigures(const std::string& text, const std::vector<Figure>& figures,
                           const std::string& comment, const std::string& origin);

}  // namespace fragua::app
