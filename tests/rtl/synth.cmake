# The area of the engines: `fragua synth` with a script in Yosys' place, then with Yosys.
find_package(nlohmann_json REQUIRED)
fragua_add_test(synth_command_test
  SOURCES ${CMAKE_CURRENT_LIST_DIR}/synth_command_test.cc
  LIBS nlohmann_json::nlohmann_json
  LABELS system synth)
target_compile_definitions(synth_command_test PRIVATE FRAGUA_COMMAND="$<TARGET_FILE:fragua>")
add_dependencies(synth_command_test fragua)

# One test per engine configuration.
find_program(FRAGUA_YOSYS yosys)
find_program(FRAGUA_PYTHON NAMES python3 PATHS /usr/bin NO_DEFAULT_PATH REQUIRED)
if(NOT FRAGUA_YOSYS)
  message(STATUS "No yosys: the area of the engines is not tested")
  return()
endif()
set(synth_test ${CMAKE_CURRENT_LIST_DIR}/synth_test.py)
file(GLOB synth_yamls CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/configs/engines/*.yaml)
foreach(synth_yaml ${synth_yamls})
  get_filename_component(synth_engine ${synth_yaml} NAME_WE)
  add_test(NAME synth_${synth_engine}
    COMMAND ${FRAGUA_PYTHON} ${synth_test} --fragua $<TARGET_FILE:fragua> --engine ${synth_engine})
  set_tests_properties(synth_${synth_engine} PROPERTIES LABELS "synth;slow" TIMEOUT 900)
endforeach()
add_test(NAME synth_rules COMMAND ${FRAGUA_PYTHON} ${CMAKE_CURRENT_LIST_DIR}/synth_rules_test.py)
set_tests_properties(synth_rules PROPERTIES LABELS "unit;synth" TIMEOUT 60)

# Optional: the worst logic path of every module, where Node.js and @yowasp/yosys are installed.
add_test(NAME timing_zybo-z7-10
  COMMAND ${FRAGUA_PYTHON} ${PROJECT_SOURCE_DIR}/tools/timing.py --engine zybo-z7-10)
set_tests_properties(timing_zybo-z7-10 PROPERTIES LABELS "synth;slow" TIMEOUT 1600 SKIP_RETURN_CODE 77)
