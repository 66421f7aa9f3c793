# SPDX-License-Identifier: GPL-2.0-or-later
#
# Host tests of the library's ring: the library's own sources, built once with
# the address and the undefined behaviour sanitizer, once with the thread
# sanitizer, against a driver played by the test (ring_fake.c).

RING_TEST_COMMON := $(LIBDMARING_SOURCES) tests/unit/ring_fake.c
RING_TEST_HEADERS := $(LIBDMARING_HEADERS) src/user/internal.h src/user/stream.h src/kernel/index.h \
	tests/unit/ring_fake.h tests/unit/ring_test.h
RING_TESTS := $(addprefix $(B)/tests/unit/,ring_sq_test ring_cq_test ring_thread_test \
	stream_test)
UNIT_TESTS += $(RING_TESTS)

RING_SANITIZE := -fsanitize=address,undefined -fno-sanitize-recover=all
$(B)/tests/unit/ring_thread_test: RING_SANITIZE := -fsanitize=thread

$(RING_TESTS): $(B)/tests/unit/%: tests/unit/%.c $(RING_TEST_COMMON) $(RING_TEST_HEADERS)
	@mkdir -p $(@D)
	$(call say,CC,$@)
	$(Q)$(CC) $(filter-out -MMD,$(CFLAGS)) $(RING_SANITIZE) -o $@ $(filter %.c,$^) $(LDFLAGS) \
		-lcmocka -pthread
