# Helper functions shared by every room.

# Warnings are an interface target so that each room states what it wants; errors only in presets.
add_library(fragua_warnings INTERFACE)
# -Wno-restrict: GCC 12 warns falsely about joining strings.
target_compile_options(fragua_warnings INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wno-sign-conversion -Wno-restrict)
if(FRAGUA_WERROR)
  target_compile_options(fragua_warnings INTERFACE -Werror)
endif()

# fragua_add_room(NAME SOURCES... [PUBLIC libs...] [PRIVATE libs...]): library fragua_NAME, alias fragua::NAME,
# public headers in include/.
function(fragua_add_room name)
  cmake_parse_arguments(ARG "" "" "SOURCES;PUBLIC;PRIVATE" ${ARGN})
  add_library(fragua_${name} STATIC ${ARG_SOURCES})
  add_library(fragua::${name} ALIAS fragua_${name})
  target_include_directories(fragua_${name} PUBLIC ${CMAKE_CURRENT_SOURCE_DIR}/include)
  target_link_libraries(fragua_${name} PUBLIC ${ARG_PUBLIC} PRIVATE fragua_warnings ${ARG_PRIVATE})
endfunction()

# fragua_add_test(NAME SOURCES... LIBS... LABELS... [TIMEOUT s]): a GoogleTest binary that is one CTest test.
function(fragua_add_test name)
  cmake_parse_arguments(ARG "" "TIMEOUT" "SOURCES;LIBS;LABELS" ${ARGN})
  if(NOT ARG_TIMEOUT)
    set(ARG_TIMEOUT 120)
  endif()
  find_package(GTest REQUIRED)
  add_executable(${name} ${ARG_SOURCES})
  target_link_libraries(${name} PRIVATE fragua_warnings GTest::gtest GTest::gmock GTest::gtest_main ${ARG_LIBS})
  # Test programs are built far more often than they have anything to compute: half the optimiser's time is saved.
  target_compile_options(${name} PRIVATE -O1)
  # Tests find the configurations and, when it is there, the reference data relative to the source tree.
  target_compile_definitions(${name} PRIVATE FRAGUA_SOURCE_DIR="${PROJECT_SOURCE_DIR}")
  add_test(NAME ${name} COMMAND ${name})
  set_tests_properties(${name} PROPERTIES LABELS "${ARG_LABELS}" TIMEOUT ${ARG_TIMEOUT})
endfunction()
