#include "yosys.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <utility>

#include "fragua/model/error.h"
#include "interrupt.h"

namespace fragua::app {
namespace {

constexpr int kPollMilliseconds = 100;  // how long an interrupt may wait

class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  ~Descriptor() { Close(); }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return number_; }
  void Close() {
    if (number_ >= 0) close(std::exchange(number_, -1));
  }

 private:
  int number_;
};

// What posix_spawn is told; both objects want to be destroyed.
struct SpawnPlan {
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
  SpawnPlan() {
    posix_spawn_file_actions_init(&actions);
    posix_spawnattr_init(&attributes);
  }
  ~SpawnPlan() {
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
  }
  SpawnPlan(const SpawnPlan&) = delete;
  SpawnPlan& operator=(const SpawnPlan&) = delete;
};

// A process that leads a group of its own, so that its children (Yosys calls ABC) end with it.
class Process {
 public:
  Process(const YosysRun& run, int output) {
    SpawnPlan plan;
    posix_spawn_file_actions_addopen(&plan.actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&plan.actions, output, STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&plan.actions, output, STDERR_FILENO);
    posix_spawn_file_actions_addchdir_np(&plan.actions, run.folder.c_str());
    posix_spawnattr_setflags(&plan.attributes, POSIX_SPAWN_SETPGROUP);
    posix_spawnattr_setpgroup(&plan.attributes, 0);
    std::string program = run.program;
    std::string flag = "-p";
    std::string script = run.script;
    std::array<char*, 4> arguments = {program.data(), flag.data(), script.data(), nullptr};
    const int failed = posix_spawnp(&id_, run.program.c_str(), &plan.actions, &plan.attributes,
                                    arguments.data(), environ);
    if (failed != 0) {
      id_ = 0;
      ThrowInput(
          fmt::format("cannot start {} in {}: {}; install Yosys (Debian: apt-get install "
                      "yosys)",
                      run.program, run.folder, std::strerror(failed)));
    }
  }
  ~Process() {
    if (id_ == 0) return;
    kill(-id_, SIGKILL);
    Wait();
  }
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  // The exit code, or minus the signal's number.
  int Wait() {
    int status = 0;
    while (waitpid(id_, &status, 0) < 0 && errno == EINTR) {
    }
    id_ = 0;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
  }

 private:
  pid_t id_ = 0;
};

// Yosys ends with a line "ERROR: ..." when it fails.
std::string Reason(const std::string& log) {
  const size_t at = log.rfind("ERROR: ");
  if (at == std::string::npos) return log.substr(log.size() - std::min<size_t>(log.size(), 400));
  return log.substr(at, log.find('\n', at) - at);
}

}  // namespace

std::string RunYosys(const YosysRun& run, const std::function<void(const std::string&)>& on_line) {
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0)
    throw Error(ErrorKind::kCheck, fmt::format("cannot make a pipe: {}", std::strerror(errno)));
  const Descriptor input(ends[0]);
  Descriptor output(ends[1]);
  Process process(run, output.get());
  output.Close();  // or the end of the process would not end the pipe

  const auto deadline = std::chrono::steady_clock::now() + run.limit;
  std::string log;
  size_t line = 0;
  std::array<char, 65536> buffer;
  for (;;) {
    ThrowIfInterrupted();
    if (std::chrono::steady_clock::now() > deadline) {
      throw Error(ErrorKind::kCheck, fmt::format("{} has not finished within {} s; allow more with "
                                                 "--limit",
                                                 run.program, run.limit.count()));
    }
    pollfd ready = {input.get(), POLLIN, 0};
    if (poll(&ready, 1, kPollMilliseconds) <= 0) continue;
    const ssize_t count = read(input.get(), buffer.data(), buffer.size());
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) break;
    log.append(buffer.data(), static_cast<size_t>(count));
    for (size_t end; (end = log.find('\n', line)) != std::string::npos; line = end + 1)
      on_line(log.substr(line, end - line));
  }
  const int code = process.Wait();
  if (code != 0) {
    throw Error(ErrorKind::kCheck, fmt::format("{} failed with {} {}: {}", run.program,
                                               code < 0 ? "signal" : "exit code",
                                               code < 0 ? -code : code, Reason(log)));
  }
  return log;
}

}  // namespace fragua::app
