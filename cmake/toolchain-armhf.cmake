# Cross build for the Cortex-A9 of a Zynq. Libraries come from the folder that
# tools/armhf_sysroot.sh FOLDER has filled; programs are static, so that they run on any Linux there.
set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR arm)

set(FRAGUA_ARMHF_SYSROOT "${CMAKE_CURRENT_LIST_DIR}/../build-armhf/sysroot" CACHE PATH
  "Folder filled by tools/armhf_sysroot.sh")
list(APPEND CMAKE_TRY_COMPILE_PLATFORM_VARIABLES FRAGUA_ARMHF_SYSROOT)
if(NOT EXISTS ${FRAGUA_ARMHF_SYSROOT}/.unpacked)
  message(FATAL_ERROR "No armhf libraries in ${FRAGUA_ARMHF_SYSROOT}: "
    "run tools/armhf_sysroot.sh ${FRAGUA_ARMHF_SYSROOT} first")
endif()

set(CMAKE_C_COMPILER arm-linux-gnueabihf-gcc)
set(CMAKE_CXX_COMPILER arm-linux-gnueabihf-g++)
set(CMAKE_C_FLAGS_INIT "-mcpu=cortex-a9 -mfpu=neon -mfloat-abi=hard")
# The folder holds no C library, so its headers cannot hide the compiler's own. -Wno-psabi: a note
# about GCC 7's calling convention on every std::vector call. -Wno-restrict: GCC 12 warns falsely
# about concatenated strings (its bug 105651).
set(CMAKE_CXX_FLAGS_INIT
  "${CMAKE_C_FLAGS_INIT} -Wno-psabi -Wno-restrict -isystem ${FRAGUA_ARMHF_SYSROOT}/usr/include")
set(CMAKE_EXE_LINKER_FLAGS_INIT "-static")
set(FRAGUA_STATIC ON)

set(CMAKE_FIND_ROOT_PATH ${FRAGUA_ARMHF_SYSROOT})
set(CMAKE_LIBRARY_ARCHITECTURE arm-linux-gnueabihf)
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)  # flatc and python3 run here
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_PACKAGE ONLY)
