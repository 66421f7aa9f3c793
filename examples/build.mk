# SPDX-License-Identifier: GPL-2.0-or-later
#
# One-file programs. Each has in its head the line that compiles it against an
# installed library.

EXAMPLES := $(addprefix $(B)/user/examples/,capture cyclic_capture epoll_fft loopback stream_fft \
	uring_echo uring_reader \
	migrating/udmabuf migrating/dma_proxy migrating/axidma migrating/ezdma)

USER_PRODUCTS += $(EXAMPLES)

$(EXAMPLES): $(B)/user/examples/%: examples/%.c $(LIBDMARING) $(LIBDMARING_HEADERS)
	@mkdir -p $(@D)
	$(call say,CC,$@)
	$(Q)$(CC) $(filter-out -MMD,$(CFLAGS)) -D_GNU_SOURCE -o $@ $< $(LIBDMARING) $(LDFLAGS) -pthread -lm \
		$(if $(findstring /uring_,$@),-luring)
