// SPDX-License-Identifier: Apache-2.0
// Never ends by itself.
        .globl _start
_start: j       _start
