// SPDX-License-Identifier: MIT
/*
 * The only process of the guest: loads the module, then hands every line that
 * comes in on the second serial port to the module and its answer back. The
 * first serial port is the kernel's console.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <termios.h>
#include <unistd.h>

#define LINE_SIZE (128 * 1024)

static char line[LINE_SIZE];
static char answer[1024 * 1024];

static void die(const char *what)
{
	printf("oracle-init: %s: %s\n", what, strerror(errno));
	fflush(stdout);
	reboot(RB_AUTOBOOT);
	exit(1);
}

static void write_all(int fd, const char *text, size_t size)
{
	while (size) {
		ssize_t n = write(fd, text, size);

		if (n < 0 && errno != EINTR)
			die("write");
		if (n > 0) {
			text += n;
			size -= n;
		}
	}
}

/* Fills answer[] with what the module has to say. */
static size_t read_answer(int module)
{
	size_t size = 0;
	ssize_t n;

	while ((n = pread(module, answer + size, sizeof(answer) - 1 - size, size)) > 0)
		size += n;
	if (n < 0)
		die("read from module");
	answer[size] = '\0';
	return size;
}

/* A warning that is printed once is to be printed once a program. */
static void clear_warnings(void)
{
	int fd = open("/sys/kernel/debug/clear_warn_once", O_WRONLY);

	if (fd < 0 || write(fd, "1", 1) != 1)
		die("clear_warn_once");
	close(fd);
}

static void load_module(const char *path)
{
	int fd = open(path, O_RDONLY);

	if (fd < 0 || syscall(SYS_finit_module, fd, "", 0))
		die(path);
	close(fd);
}

static int open_serial(const char *path)
{
	struct termios t;
	int fd = open(path, O_RDWR | O_NOCTTY);

	if (fd < 0 || tcgetattr(fd, &t))
		die(path);
	cfmakeraw(&t);
	cfsetspeed(&t, B115200);
	if (tcsetattr(fd, TCSANOW, &t))
		die("tcsetattr");
	return fd;
}

int main(void)
{
	size_t have = 0, size;
	int module, serial;

	mkdir("/dev", 0755);
	mkdir("/sys", 0755);
	if (mount("dev", "/dev", "devtmpfs", 0, NULL) && errno != EBUSY)
		die("devtmpfs");
	freopen("/dev/console", "w", stdout);
	if (mount("sys", "/sys", "sysfs", 0, NULL) || mount("debug", "/sys/kernel/debug", "debugfs", 0, NULL))
		die("mount");
	load_module("/coco_dma_oracle.ko");
	module = open("/dev/coco_dma_oracle", O_RDWR);
	if (module < 0)
		die("open module");
	serial = open_serial("/dev/ttyS1");
	size = read_answer(module);
	write_all(serial, answer, size);

	for (;;) {
		ssize_t n = read(serial, line + have, sizeof(line) - have);
		char *end, *start = line;

		if (n <= 0)
			die("read from serial");
		have += n;
		while ((end = memchr(start, '\n', have - (start - line)))) {
			if (write(module, start, end - start) != end - start)
				die("write to module");
			size = read_answer(module);
			if (strstr(answer, "\"warned\":1"))
				clear_warnings();
			write_all(serial, answer, size);
			start = end + 1;
		}
		have -= start - line;
		memmove(line, start, have);
		if (have == sizeof(line))
			die("line too long");
	}
}
