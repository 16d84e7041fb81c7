#include "interrupt_lines.h"

#include <algorithm>
#include <cctype>
#include <sstream>
#include <utility>

#include "resources.h"

namespace fragua::driver {
namespace {

bool IsNumber(const std::string& text) {
  return !text.empty() &&
         std::ranges::all_of(text, [](unsigned char c) { return std::isdigit(c); });
}

}  // namespace

std::vector<InterruptLine> ReadInterruptLines(System& system) {
  std::vector<InterruptLine> found;
  std::istringstream text(ReadAttribute(system, "/proc/interrupts").value_or(""));
  for (std::string row; std::getline(text, row);) {
    // "46:   12    0   GIC-0  61 Level   fragua": number of the kernel's, a count for each
    // processor, controller, number at the controller, trigger, name.
    std::istringstream words(row);
    std::string word;
    if (!(words >> word) || !word.ends_with(':')) continue;
    InterruptLine line;
    while (words >> word && IsNumber(word)) line.count += std::stoull(word.substr(0, 18));
    if (word.rfind("GIC", 0) != 0) continue;
    if (!(words >> word) || !IsNumber(word)) continue;
    line.number = std::stoi(word.substr(0, 6));
    words >> line.trigger;
    // A kernel without CONFIG_GENERIC_IRQ_SHOW_LEVEL leaves the trigger out.
    if (!(words >> line.name)) std::swap(line.trigger, line.name);
    found.push_back(line);
  }
  return found;
}

}  // namespace fragua::driver
