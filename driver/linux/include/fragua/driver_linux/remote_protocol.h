#pragma once
// What goes over the socket between a remote engine (`fragua serve`) and its one client: messages
// of 24 bytes, little-endian. docs/PLATFORM.md has the table.

#include <array>
#include <cstddef>
#include <cstdint>

namespace fragua::driver::remote {

inline constexpr uint32_t kVersion = 2;
inline constexpr size_t kMessageBytes = 24;

enum class Kind : uint32_t {
  kHello = 0x4652474C,  ///< first message of the server; a = version, b = process that has the
                        ///< engine already (0 = the client has it now), c = bytes of Welcome behind
  kRead = 1,            ///< a = offset; answer: b = value
  kWrite = 2,           ///< a = offset, b = value
  kWait = 3,            ///< c = ns of the engine's time; answer: b = 1 when the interrupt is high,
                        ///< b = 0 when it is not after that time, or after a while of this world's
  kFailed = 4,          ///< server, instead of an answer: c = bytes of text behind
  kRunFreely = 5,       ///< from now on the engine's time runs by itself while it has work
  kInterrupt = 6,       ///< server, after kRunFreely, at any time and before the answer of a request
                        ///< that caused it: the interrupt has changed; b = 1 when it is high
};

/// An answer repeats the kind of its request; c is the engine's time in ns.
struct Message {
  Kind kind = Kind::kHello;
  uint32_t a = 0, b = 0;
  uint64_t c = 0;
};

std::array<uint8_t, kMessageBytes> Encode(const Message& message);
Message Decode(const std::array<uint8_t, kMessageBytes>& bytes);

/// Behind a kHello: where the memory is. In the message: base (4 bytes), size (4), offset of the
/// window in the file (8), then the file's absolute path.
struct Welcome {
  uint32_t window_base = 0, window_bytes = 0;
  uint64_t file_offset = 0;
};
inline constexpr size_t kWelcomeBytes = 16;  ///< without the path
std::array<uint8_t, kWelcomeBytes> Encode(const Welcome& welcome);
Welcome DecodeWelcome(const std::array<uint8_t, kWelcomeBytes>& bytes);

/// Longest path and longest error text that a peer accepts.
inline constexpr uint64_t kMaxText = 4096;

}  // namespace fragua::driver::remote
