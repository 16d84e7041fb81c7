#include "progress.h"

#include <fmt/core.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <utility>

namespace fragua::app {
namespace {

using std::chrono::milliseconds;
constexpr int kBarWidth = 30;

}  // namespace

Progress::Progress(std::string what, bool quiet)
    : what_(std::move(what)),
      quiet_(quiet),
      terminal_(isatty(STDERR_FILENO) == 1),
      last_(std::chrono::steady_clock::now()) {}

Progress::~Progress() { Finish(); }

void Progress::Update(double fraction, const std::string& detail) {
  const auto now = std::chrono::steady_clock::now();
  // A terminal is redrawn ten times a second; a log gets a line every two seconds.
  if (quiet_ || now - last_ < (terminal_ ? milliseconds(100) : milliseconds(2000))) return;
  last_ = now;
  fraction = std::clamp(fraction, 0.0, 1.0);
  if (!terminal_) {
    fmt::print(stderr, "{}: {:3.0f} %  {}\n", what_, 100 * fraction, detail);
    return;
  }
  const int filled = static_cast<int>(fraction * kBarWidth);
  fmt::print(stderr, "\r\033[K{} [{}{}] {:3.0f} %  {}", what_,
             std::string(static_cast<size_t>(filled), '#'),
             std::string(static_cast<size_t>(kBarWidth - filled), '.'), 100 * fraction, detail);
  std::fflush(stderr);
  drawn_ = true;
}

void Progress::Finish() {
  if (drawn_) fmt::print(stderr, "\r\033[K");
  drawn_ = false;
}

}  // namespace fragua::app
