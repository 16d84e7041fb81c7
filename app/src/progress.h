#pragma once
// Shows how far a long job is: a bar that redraws itself on a terminal, a plain line now and then
// elsewhere.

#include <chrono>
#include <cstdint>
#include <string>

namespace fragua::app {

class Progress {
 public:
  /// Writes to standard error; `quiet` writes nothing.
  Progress(std::string what, bool quiet);
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;
  /// `fraction` of 0..1; `detail` stands behind the bar.
  void Update(double fraction, const std::string& detail);
  /// Removes the bar; called by the destructor too.
  void Finish();

 private:
  std::string what_;
  bool quiet_;
  bool terminal_;
  bool drawn_ = false;
  std::chrono::steady_clock::time_point last_;
};

}  // namespace fragua::app
