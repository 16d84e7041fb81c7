#pragma once
// Where the YAML configurations live.

#include <string>

namespace fragua::app {

/// `kind` is boards, engines, parts, networks or experiments. A name with a slash or ending in
/// .yaml is a path of its own; otherwise NAME.yaml is looked for in $FRAGUA_CONFIGS, then in a
/// `configs` folder beside or above the executable. Throws Error(kInput) listing the names there
/// are.
std::string ConfigPath(const std::string& kind, const std::string& name);
/// True when ConfigPath would find it.
bool HasConfig(const std::string& kind, const std::string& name);
/// The folder of the engine's SystemVerilog files, `rtl` beside `configs`. Throws Error(kInput)
/// when it is not there.
std::string RtlFolder();

}  // namespace fragua::app
