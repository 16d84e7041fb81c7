# fragua_verilate(): SystemVerilog top module -> static library. Verilator runs at build time and only
# when a file of that top has changed; its runtime is compiled once for all models.
include_guard(GLOBAL)

find_program(FRAGUA_VERILATOR verilator REQUIRED)
find_program(FRAGUA_PYTHON NAMES python3 PATHS /usr/bin NO_DEFAULT_PATH REQUIRED)
find_package(ZLIB REQUIRED)
find_package(Threads REQUIRED)
# Builds apart from the everyday one (tests/mutation, tests/coverage) set these.
set(FRAGUA_RTL_DIR ${PROJECT_SOURCE_DIR}/rtl CACHE PATH "Where the SystemVerilog of the engine is taken from")
set(FRAGUA_VERILATOR_FLAGS "" CACHE STRING "More options of Verilator")
set(FRAGUA_RTL_COVERAGE_KINDS "" CACHE STRING "What a simulation counts of the RTL: line, toggle or both; empty: nothing")
set(FRAGUA_RTL_COUNTS 0)
if(FRAGUA_RTL_COVERAGE_KINDS)
  set(FRAGUA_RTL_COUNTS 1)
endif()
set(FRAGUA_RTL_ENGINES "" CACHE STRING "The engines of configs/engines to Verilate for the platform; empty: all")

execute_process(COMMAND ${FRAGUA_VERILATOR} --getenv VERILATOR_ROOT
  OUTPUT_VARIABLE FRAGUA_VERILATOR_ROOT OUTPUT_STRIP_TRAILING_WHITESPACE COMMAND_ERROR_IS_FATAL ANY)

add_library(fragua_verilated STATIC
  ${FRAGUA_VERILATOR_ROOT}/include/verilated.cpp
  ${FRAGUA_VERILATOR_ROOT}/include/verilated_threads.cpp
  ${FRAGUA_VERILATOR_ROOT}/include/verilated_fst_c.cpp
  $<$<BOOL:${FRAGUA_RTL_COUNTS}>:${FRAGUA_VERILATOR_ROOT}/include/verilated_cov.cpp>)
target_include_directories(fragua_verilated SYSTEM PUBLIC
  ${FRAGUA_VERILATOR_ROOT}/include ${FRAGUA_VERILATOR_ROOT}/include/vltstd)
target_compile_definitions(fragua_verilated PUBLIC
  VM_COVERAGE=${FRAGUA_RTL_COUNTS} VM_SC=0 VM_TRACE=1 VM_TRACE_FST=1 VM_TRACE_VCD=0)
target_link_libraries(fragua_verilated PUBLIC ZLIB::ZLIB Threads::Threads)
target_compile_options(fragua_verilated PRIVATE -O2 -w)

# fragua_verilate(TARGET TOP module [PREFIX name] [ENGINE name] [PARAMS Name=value...]
#                 [SOURCES files...] [OBSERVE file] [RTL folder] [TRACE]):
# static library TARGET with class V<PREFIX> (header V<PREFIX>.h); PREFIX is TOP unless one program has
# several of it. ENGINE takes all parameters from configs/engines/<name>.yaml or a file; PARAMS sets or overrides
# single ones; SOURCES are extra files (benches, stand-ins for modules of rtl/); other modules of rtl/
# are found by name. OBSERVE is a Verilator configuration that keeps signals readable from C++; RTL is a
# changed copy of rtl/ to take instead of FRAGUA_RTL_DIR. TRACE keeps signals for FST files (slower). Registers and
# memories start with what the simulation's seed gives (VerilatedContext::randReset, randSeed), as in hardware with anything.
function(fragua_verilate target)
  cmake_parse_arguments(ARG "TRACE" "TOP;PREFIX;ENGINE;OBSERVE;RTL" "PARAMS;SOURCES" ${ARGN})
  if(NOT ARG_RTL)
    set(ARG_RTL ${FRAGUA_RTL_DIR})
  endif()
  if(NOT ARG_PREFIX)
    set(ARG_PREFIX ${ARG_TOP})
  endif()
  set(parameters ${ARG_PARAMS})
  if(ARG_ENGINE)
    set(yaml ${ARG_ENGINE})
    if(NOT IS_ABSOLUTE ${yaml})
      set(yaml ${PROJECT_SOURCE_DIR}/configs/engines/${ARG_ENGINE}.yaml)
    endif()
    execute_process(
      COMMAND ${FRAGUA_PYTHON} ${PROJECT_SOURCE_DIR}/tools/engine_params.py ${yaml} --format cmake
      OUTPUT_VARIABLE parameters OUTPUT_STRIP_TRAILING_WHITESPACE COMMAND_ERROR_IS_FATAL ANY)
    list(APPEND parameters ${ARG_PARAMS})
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${yaml})
  endif()
  list(TRANSFORM parameters PREPEND -G)
  set(top ${ARG_RTL}/${ARG_TOP}.sv)
  if(NOT EXISTS ${FRAGUA_RTL_DIR}/${ARG_TOP}.sv)
    set(top)  # a bench: it is among SOURCES
  endif()
  set(coverage ${FRAGUA_RTL_COVERAGE_KINDS})
  list(TRANSFORM coverage PREPEND --coverage-)
  set(optimise -O3)
  if(coverage)
    # Counting is most of the time anyway; the compiler would take minutes to make it a little faster, and many times that
    # for functions as long as counting makes them.
    set(optimise -O1)
    list(APPEND coverage --output-split-cfuncs 300)
  endif()
  set(options ${FRAGUA_VERILATOR_FLAGS} ${coverage} $<$<BOOL:${ARG_TRACE}>:--trace-fst>)
  set(dir ${CMAKE_CURRENT_BINARY_DIR}/${target}.dir)
  set(all ${dir}/V${ARG_PREFIX}__all.cc)
  file(GLOB rtl CONFIGURE_DEPENDS ${FRAGUA_RTL_DIR}/*.sv ${FRAGUA_RTL_DIR}/*.svh ${FRAGUA_RTL_DIR}/*.vlt)
  file(GLOB waivers CONFIGURE_DEPENDS ${FRAGUA_RTL_DIR}/*.vlt)
  add_custom_command(
    OUTPUT ${all}
    COMMAND ${FRAGUA_VERILATOR} --cc --assert -O3 --x-assign fast --x-initial unique
      ${options} --prefix V${ARG_PREFIX} --top-module ${ARG_TOP} -Mdir ${dir}
      -y ${ARG_RTL} -I${ARG_RTL} ${parameters}
      ${waivers} ${ARG_OBSERVE} ${ARG_RTL}/fr_pkg.sv ${ARG_SOURCES} ${top}
    COMMAND ${FRAGUA_PYTHON} ${PROJECT_SOURCE_DIR}/tools/join_verilated.py ${dir} V${ARG_PREFIX} ${all}
    DEPENDS ${rtl} ${ARG_RTL}/fr_pkg.sv ${ARG_SOURCES} ${ARG_OBSERVE} ${PROJECT_SOURCE_DIR}/tools/join_verilated.py
    COMMENT "Verilating ${ARG_TOP} for ${target}"
    COMMAND_EXPAND_LISTS VERBATIM)
  add_library(${target} STATIC ${all})
  target_include_directories(${target} SYSTEM PUBLIC ${dir})
  target_link_libraries(${target} PUBLIC fragua_verilated)
  target_compile_options(${target} PRIVATE ${optimise} -w)
endfunction()
