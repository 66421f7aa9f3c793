// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * dmaring spectrum: plays a recording through a device that computes Fourier
 * transforms and shows, keeps and checks what comes back; or shows the spectrum
 * of what another device receives.
 */
#include <errno.h>
#include <getopt.h>
#include <glob.h>
#include <libgen.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "live.h"
#include "message.h"
#include "picture.h"
#include "player.h"
#include "recording.h"
#include "summary.h"

#ifndef DMARING_TOOL_VERSION
#define DMARING_TOOL_VERSION "unknown"
#endif

#define VOICES		"/usr/share/sounds/alsa/{Front,Rear,Side}_*.wav"
#define POINTS_MIN	64
#define POINTS_MAX	65536
#define BLOCKS_MAX	256
#define SNR_WANTED_DB	70.0
#define PATIENCE_S	5.0
#define NEXT_MAX	8
#define NODES		"/dev/dmaring/"
#define PLAY_BLOCKS	8
#define LIVE_BLOCKS	64
#define LIVE_BLOCK_BYTES 16384
#define BLOCK_BYTES_MAX	(16 << 20)

enum exit_code {
	EXIT_OK = 0,
	EXIT_FAILED = 1,
	EXIT_USAGE = 2,
	EXIT_LOSS = 3,
};

/* Options without a letter. */
enum {
	OPTION_BLOCK_BYTES = 256,
	OPTION_FAST,
	OPTION_JSON,
	OPTION_MIN_SNR,
	OPTION_NEXT,
	OPTION_PLAIN,
	OPTION_PNG,
	OPTION_SEQUENCE,
	OPTION_VERSION,
};

/**
 * struct arguments - the command line
 * @player:	how to play
 * @recording:	what to play
 * @found:	the files, when none were named
 * @output:	folder for the picture and summary.json; NULL: none is written
 * @json:	summary.json on stdout instead of text
 * @live:	how to show what a device receives
 * @play_only:	an option given that is of use with recordings only
 * @live_only:	an option given that is of use with a receiving device only
 * @next:	lines to print under "Next"
 * @nexts:	their number
 */
struct arguments {
	struct player_options player;
	struct recording_options recording;
	glob_t found;
	const char *output;
	bool json;
	struct live_options live;
	const char *play_only;
	const char *live_only;
	const char *next[NEXT_MAX];
	unsigned int nexts;
};

static const struct option long_options[] = {
	{ "device", required_argument, NULL, 'd' },
	{ "points", required_argument, NULL, 'n' },
	{ "blocks", required_argument, NULL, 'b' },
	{ "rate", required_argument, NULL, 'r' },
	{ "format", required_argument, NULL, 'f' },
	{ "channel", required_argument, NULL, 'c' },
	{ "seconds", required_argument, NULL, 's' },
	{ "output", required_argument, NULL, 'o' },
	{ "fast", no_argument, NULL, OPTION_FAST },
	{ "plain", no_argument, NULL, OPTION_PLAIN },
	{ "min-snr", required_argument, NULL, OPTION_MIN_SNR },
	{ "block-bytes", required_argument, NULL, OPTION_BLOCK_BYTES },
	{ "sequence", required_argument, NULL, OPTION_SEQUENCE },
	{ "png", required_argument, NULL, OPTION_PNG },
	{ "json", no_argument, NULL, OPTION_JSON },
	{ "next", required_argument, NULL, OPTION_NEXT },
	{ "help", no_argument, NULL, 'h' },
	{ "version", no_argument, NULL, OPTION_VERSION },
	{ NULL, 0, NULL, 0 },
};

static void usage(FILE *to)
{
	fputs("usage: dmaring spectrum [OPTION]... [FILE]...\n"
	      "       dmaring spectrum [OPTION]... DEVICE\n"
	      "\n"
	      "Plays FILEs (WAV, or raw I/Q; - is standard input) through an FFT device and\n"
	      "shows the spectrum. Every block that comes back is compared with FFTW. Without\n"
	      "FILE: the voices of the package alsa-utils. With a DEVICE, such as adc0: shows\n"
	      "what it receives, int16 I and Q, until q, Ctrl-C, or --seconds.\n"
	      "\n"
	      "  -n, --points N         length of the transform, a power of two (default 1024)\n"
	      "  -b, --blocks N         blocks armed (default 8 in each direction; DEVICE: 64)\n"
	      "  -r, --rate HZ          frames per second; needed for raw I/Q\n"
	      "  -s, --seconds S        so much of it (default: all, repeated to 10 s)\n"
	      "      --plain            lines of text even on a terminal\n"
	      "      --json             summary as JSON on standard output\n"
	      "  -h, --help             this text\n"
	      "      --version          version\n"
	      "with FILEs:\n"
	      "  -d, --device NAME      device that transforms (default fft0)\n"
	      "  -f, --format FORMAT    wav, cs16 or cu8 (default: by content, by name, cs16)\n"
	      "  -c, --channel WHICH    of a WAV: left (default), right, or iq for both\n"
	      "      --fast             as fast as it goes, not at the recording's rate\n"
	      "  -o, --output DIR       write spectrogram.png and summary.json there\n"
	      "      --min-snr DB       a block with less is wrong (default 70)\n"
	      "      --next TEXT        say TEXT at the end under \"Next\" (repeatable)\n"
	      "with a DEVICE:\n"
	      "      --sequence U[@AT]  blocks have a number: u16, u32, u64 (or u32be ...) at AT\n"
	      "      --block-bytes N    room for a block (default 16384)\n"
	      "      --png FILE         write the picture there\n"
	      "\n"
	      "Exit status: 0 all came and was right, 1 failure, 2 usage, 3 blocks were lost.\n",
	      to);
}

static bool parse_number(const char *option, const char *text, double low, double high,
			 double *number)
{
	char *end;

	*number = strtod(text, &end);
	if (end != text && *end == '\0' && *number >= low && *number <= high)
		return true;
	message("--%s %s: must be a number from %g to %g", option, text, low, high);
	return false;
}

static bool parse_count(const char *option, const char *text, unsigned int low, unsigned int high,
			unsigned int *count)
{
	double number;

	if (!parse_number(option, text, low, high, &number))
		return false;
	if (number != floor(number)) {
		message("--%s %s: must be a whole number", option, text);
		return false;
	}
	*count = number;
	return true;
}

static bool parse_word(const char *option, const char *text, const char *const *words, int *index)
{
	int i;

	for (i = 0; words[i]; i++)
		if (!strcmp(text, words[i])) {
			*index = i;
			return true;
		}
	message("--%s %s: not known; see --help", option, text);
	return false;
}

/* Of use with recordings only. */
static bool parse_play_option(struct arguments *a, int option)
{
	static const char *const formats[] = { "auto", "wav", "cs16", "cu8", NULL };
	static const char *const channels[] = { "left", "right", "iq", NULL };
	int index;

	switch (option) {
	case 'd':
		a->player.device = optarg;
		return true;
	case 'f':
		if (!parse_word("format", optarg, formats, &index))
			return false;
		a->recording.format = index;
		return true;
	case 'c':
		if (!parse_word("channel", optarg, channels, &index))
			return false;
		a->recording.channel = index;
		return true;
	case 'o':
		a->output = optarg;
		return true;
	case OPTION_FAST:
		a->player.fast = true;
		return true;
	case OPTION_MIN_SNR:
		return parse_number("min-snr", optarg, -200, 200, &a->player.snr_wanted_db);
	case OPTION_NEXT:
		if (a->nexts < NEXT_MAX)
			a->next[a->nexts++] = optarg;
		return true;
	default:
		return false;
	}
}

/* Of use with a device only. */
static bool parse_live_option(struct arguments *a, int option)
{
	switch (option) {
	case OPTION_BLOCK_BYTES:
		return parse_count("block-bytes", optarg, 64, BLOCK_BYTES_MAX,
				   &a->live.block_bytes);
	case OPTION_SEQUENCE:
		if (sequence_parse(optarg, &a->live.sequence))
			return true;
		message("--sequence %s: must be u16, u32 or u64, be behind it, @ and a place",
			optarg);
		return false;
	case OPTION_PNG:
		a->live.picture = optarg;
		return true;
	default:
		return false;
	}
}

static const char *option_name(int option)
{
	const struct option *o = long_options;

	while (o->val != option)
		o++;
	return o->name;
}

static bool parse_option(struct arguments *a, int option)
{
	switch (option) {
	case 'n':
		if (!parse_count("points", optarg, POINTS_MIN, POINTS_MAX, &a->player.points))
			return false;
		if (a->player.points & (a->player.points - 1)) {
			message("--points %s: must be a power of two", optarg);
			return false;
		}
		return true;
	case 'b':
		return parse_count("blocks", optarg, 1, BLOCKS_MAX, &a->player.blocks);
	case 'r':
		return parse_number("rate", optarg, 1, 1e9, &a->recording.rate);
	case 's':
		return parse_number("seconds", optarg, 1e-3, 1e6, &a->player.seconds);
	case OPTION_PLAIN:
		a->player.plain = true;
		return true;
	case OPTION_JSON:
		a->json = true;
		return true;
	default:
		if (parse_play_option(a, option)) {
			a->play_only = option_name(option);
			return true;
		}
		if (parse_live_option(a, option)) {
			a->live_only = option_name(option);
			return true;
		}
		if (option == '?')
			fputs("Try \"dmaring spectrum --help\".\n", stderr);
		return false;
	}
}

/* A name as "dmaring list" shows it, or the path of a node. A file is "./adc0". */
static bool is_device(const char *name)
{
	char path[256];

	if (!strncmp(name, NODES, strlen(NODES)))
		return true;
	snprintf(path, sizeof(path), NODES "%s", name);
	return *name && !strchr(name, '/') && access(path, F_OK) == 0;
}

/* What both modes have, and what only the other one has. */
static bool prepare_live(struct arguments *a)
{
	a->live.points = a->player.points;
	a->live.blocks = a->player.blocks ? a->player.blocks : LIVE_BLOCKS;
	a->live.rate = a->recording.rate;
	a->live.seconds = a->player.seconds;
	a->live.plain = a->player.plain;
	a->live.json = a->json;
	if (a->play_only) {
		message("--%s is for recordings, and %s is a device; see --help", a->play_only,
			a->live.device);
		return false;
	}
	if (!sequence_fits(&a->live.sequence, a->live.block_bytes)) {
		message("--sequence: is not within a block of %u bytes; see --block-bytes",
			a->live.block_bytes);
		return false;
	}
	return true;
}

static bool find_voices(struct arguments *a)
{
	if (glob(VOICES, GLOB_BRACE, NULL, &a->found) != 0 || a->found.gl_pathc == 0) {
		message("name a WAV file, or install the voices of the package alsa-utils; see --help");
		return false;
	}
	a->recording.names = (const char *const *)a->found.gl_pathv;
	a->recording.count = a->found.gl_pathc;
	return true;
}

/* Return: -1 to go on, else the exit status. */
static int parse_arguments(struct arguments *a, int argc, char **argv)
{
	int option;

	*a = (struct arguments){
		.player = {
			.device = "fft0",
			.points = 1024,
			.snr_wanted_db = SNR_WANTED_DB,
			.patience_s = PATIENCE_S,
		},
		.live = { .block_bytes = LIVE_BLOCK_BYTES },
	};
	while ((option = getopt_long(argc, argv, "d:n:b:r:f:c:s:o:h", long_options, NULL)) != -1) {
		if (option == 'h') {
			usage(stdout);
			return EXIT_OK;
		}
		if (option == OPTION_VERSION) {
			printf("dmaring spectrum %s, library %s\n", DMARING_TOOL_VERSION,
			       dmaring_version());
			return EXIT_OK;
		}
		if (!parse_option(a, option))
			return EXIT_USAGE;
	}
	a->recording.names = (const char *const *)argv + optind;
	a->recording.count = argc - optind;
	if (a->recording.count == 1 && is_device(a->recording.names[0])) {
		a->live.device = a->recording.names[0];
		return prepare_live(a) ? -1 : EXIT_USAGE;
	}
	if (a->live_only) {
		message("--%s is for a device that receives, such as adc0; see --help",
			a->live_only);
		return EXIT_USAGE;
	}
	if (!a->player.blocks)
		a->player.blocks = PLAY_BLOCKS;
	if (a->recording.count == 0 && !find_voices(a))
		return EXIT_USAGE;
	return -1;
}

static void name_input(const struct recording_options *recording, char *name, size_t size)
{
	char path[4096];

	snprintf(path, sizeof(path), "%s", recording->names[0]);
	if (!strcmp(path, "-"))
		snprintf(name, size, "standard input");
	else if (recording->count > 1)
		snprintf(name, size, "%s and %u more", basename(path), recording->count - 1);
	else
		snprintf(name, size, "%s", basename(path));
}

static int write_files(const struct arguments *a, const struct player *player,
		       const struct summary *summary)
{
	char path[4096], title[512], subtitle[512];
	struct picture picture = {
		.title = title,
		.subtitle = subtitle,
		.rate = player->rate,
		.seconds = summary->played_s,
	};
	int err = 0;

	if (mkdir(a->output, 0777) < 0 && errno != EEXIST) {
		message("%s: %s", a->output, strerror(errno));
		return -errno;
	}
	snprintf(title, sizeof(title), "%s", summary->input);
	snprintf(subtitle, sizeof(subtitle),
		 "%u-point FFT by %s%s, Hann window, 50 %% overlap, %.10g Hz; Linux %s",
		 summary->points, summary->device,
		 summary->simulated ? " (simulated device)" : "", player->rate,
		 summary->kernel);
	if (player->spectrogram.columns) {
		snprintf(path, sizeof(path), "%s/spectrogram.png", a->output);
		err = picture_write(path, &player->spectrogram, &picture);
	}
	snprintf(path, sizeof(path), "%s/summary.json", a->output);
	if (summary_write(summary, path) < 0)
		return -EIO;
	return err;
}

static void print_next(const struct arguments *a)
{
	unsigned int i;

	printf("\nNext:\n");
	for (i = 0; i < a->nexts; i++)
		printf("  %s\n", a->next[i]);
	if (a->nexts)
		return;
	printf("  dmaring info %s\n", a->player.device);
	printf("  dmaring spectrum --fast --points 4096 --output .\n");
	printf("  dmaring spectrum adc0 --rate 250000\n");
	printf("  rtl_sdr -f 100e6 -s 1e6 - | dmaring spectrum --format cu8 --rate 1e6 -\n");
}

static int report(const struct arguments *a, const struct summary *summary)
{
	if (!a->json) {
		summary_print(summary);
		print_next(a);
	} else {
		char *text = summary_to_json(summary);

		printf("%s\n", text ? text : "null");
		free(text);
	}
	return fflush(stdout) == 0 && !ferror(stdout) ? 0 : -EIO;
}

static enum exit_code verdict(const struct player *player, int err)
{
	if (player->judge.lost)
		return EXIT_LOSS;
	return err || player->judge.wrong || player->duplex.failed ? EXIT_FAILED : EXIT_OK;
}

static enum exit_code play(const struct arguments *a, struct recording *recording)
{
	struct utsname system;
	struct player player;
	enum exit_code code;
	char input[256];
	int err;

	uname(&system);
	name_input(&a->recording, input, sizeof(input));
	err = player_init(&player, &a->player, recording, input);
	if (err) {
		player_destroy(&player);
		return EXIT_FAILED;
	}
	err = player_run(&player);

	struct summary summary = {
		.device = a->player.device,
		.simulated = player.query.flags & DMARING_SIMULATED,
		.kernel = system.release,
		.driver = player.query.version,
		.input = input,
		.rate = player.rate,
		.points = a->player.points,
		.armed = a->player.blocks,
		.paced = player.timer >= 0,
		.fast = a->player.fast,
		.failed = player.duplex.failed,
		.judge = &player.judge,
		.meter = &player.meter,
		.seconds = player.seconds,
		.played_s = player.frames_played / player.rate,
		.late_max_ms = player.late_max_ns / 1e6,
	};
	if (a->output && write_files(a, &player, &summary) < 0)
		err = -EIO;
	if (report(a, &summary) < 0)
		err = -EIO;
	code = verdict(&player, err);
	player_destroy(&player);
	return code;
}

int main(int argc, char **argv)
{
	struct recording *recording;
	struct arguments arguments;
	int code;

	code = parse_arguments(&arguments, argc, argv);
	if (code >= 0)
		return code;
	if (arguments.live.device)
		return live_run(&arguments.live);
	if (recording_open(&recording, &arguments.recording) < 0)
		return EXIT_FAILED;
	code = play(&arguments, recording);
	recording_close(recording);
	globfree(&arguments.found);
	return code;
}
