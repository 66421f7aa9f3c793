#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
#
# udmabuf.sh: what one does with u-dma-buf from a shell, by its documentation. For
# dmaring the next two lines are others; nothing else is.
node=/dev/udmabuf0
class=/sys/class/u-dma-buf/udmabuf0

set -e

size=$(cat $class/size)
address=$(cat $class/phys_addr)
echo "$size bytes at $address, coherent: $(cat $class/dma_coherent)"

# Something into the whole buffer, and out of it again
dd if=/dev/urandom of=$node bs=4096 count=$((size / 4096)) 2> /dev/null
dd if=$node of=/tmp/udmabuf.first bs=4096 2> /dev/null
dd if=$node of=/tmp/udmabuf.second 2> /dev/null
cmp /tmp/udmabuf.first /tmp/udmabuf.second
test "$(wc -c < /tmp/udmabuf.first)" -eq "$size"

# A block in the middle
printf 'from the middle' | dd of=$node bs=4096 seek=1 conv=notrunc 2> /dev/null
test "$(dd if=$node bs=4096 skip=1 count=1 2> /dev/null | head -c 15)" = 'from the middle'

# How it is mapped by who opens it with O_SYNC: 2, write-combining
echo 2 > $class/sync_mode
test "$(cat $class/sync_mode)" = 2

# The first half to the device, which reads it
echo 0 > $class/sync_offset
echo $((size / 2)) > $class/sync_size
echo 1 > $class/sync_direction
echo 1 > $class/sync_for_device
test "$(cat $class/sync_owner)" = 1

# ... here the IP core would be started, by its registers ...

# The second half back to the CPU, after the device wrote it: in one number
printf '0x%08X%08X' $((size / 2)) $((size / 2 | 2 << 2 | 1)) > $class/sync_for_cpu
test "$(cat $class/sync_owner)" = 0
test "$(cat $class/sync_size)" = $((size / 2))
test $(($(cat $class/sync_offset))) = 0

rm /tmp/udmabuf.first /tmp/udmabuf.second
echo "done"
