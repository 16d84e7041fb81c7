# Debian has fmt as a shared library and as headers; a static program (FRAGUA_STATIC) takes the
# headers, everything else the package's own configuration.
if(FRAGUA_STATIC)
  find_path(FMT_INCLUDE_DIR fmt/format-inl.h)
  include(FindPackageHandleStandardArgs)
  find_package_handle_standard_args(fmt REQUIRED_VARS FMT_INCLUDE_DIR)
  if(fmt_FOUND AND NOT TARGET fmt::fmt)
    add_library(fmt::fmt INTERFACE IMPORTED GLOBAL)
    set_target_properties(fmt::fmt PROPERTIES
      INTERFACE_COMPILE_DEFINITIONS FMT_HEADER_ONLY=1
      INTERFACE_INCLUDE_DIRECTORIES ${FMT_INCLUDE_DIR})
  endif()
else()
  find_package(fmt ${fmt_FIND_VERSION} QUIET CONFIG)
  include(FindPackageHandleStandardArgs)
  find_package_handle_standard_args(fmt CONFIG_MODE)
endif()
