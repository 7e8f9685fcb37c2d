# SPDX-License-Identifier: Apache-2.0
# The same kernel without the fence at the end of fork, after which the parent's TLB may still let it write
# to pages that it shares with the child. Not to be used: it shows that the simulator's check of translations
# (mmu.check) finds such a mistake.
add_executable(kernel_missing_fence
  $<FILTER:$<TARGET_OBJECTS:kernel>,EXCLUDE,/mm_fork\\.cpp\\.o$> ${FAULTLINE_ROOT}/sw/kernel/mm/mm_fork.cpp)
target_compile_definitions(kernel_missing_fence PRIVATE KERNEL_WITHOUT_FORK_FENCE)
target_compile_options(kernel_missing_fence PRIVATE -fno-optimize-sibling-calls)
add_dependencies(kernel_missing_fence kernel_lds)
set_target_properties(kernel_missing_fence PROPERTIES SUFFIX .elf LINK_DEPENDS ${KERNEL_LDS}
  RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/tests)
target_link_libraries(kernel_missing_fence PRIVATE sw_lib)
target_link_options(kernel_missing_fence PRIVATE -T ${KERNEL_LDS})
