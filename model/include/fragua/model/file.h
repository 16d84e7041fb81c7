#pragma once
// Whole files in and out.

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace fragua::model {

/// All bytes of a file; throws Error(kInput) naming the file and the reason.
std::vector<uint8_t> ReadFile(const std::string& path);

/// Writes beside the target and renames, so that `path` holds either what it held before or all of
/// `bytes`. Throws Error(kInput) naming the file and the reason; nothing is left behind then.
void WriteFileAtomically(const std::string& path, std::span<const uint8_t> bytes);

}  // namespace fragua::model
