# SPDX-License-Identifier: GPL-2.0-or-later
#
# Host test of the FFT block of the virtual controller: the very file of the
# module and the reference model, each against the other and against FFTW.

FFT_TEST_SOURCES := tests/unit/fft_model_test.c tests/reference/fft_model.c src/kernel/sim/fft_core.c
UNIT_TESTS += $(B)/tests/unit/fft_model_test

$(B)/tests/unit/fft_model_test: $(FFT_TEST_SOURCES) tests/reference/fft_model.h \
		src/kernel/sim/fft_core.h $(wildcard tests/unit/fft/linux/*.h)
	@mkdir -p $(@D)
	$(call say,CC,$@)
	$(Q)$(CC) $(filter-out -MMD,$(CFLAGS)) -Itests/unit/fft -Itests/reference -Isrc/kernel/sim \
		-fsanitize=undefined -fno-sanitize-recover=all -o $@ $(FFT_TEST_SOURCES) \
		$(LDFLAGS) -lcmocka -lfftw3 -lm
