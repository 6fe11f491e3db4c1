// SPDX-License-Identifier: MIT
/*
 * The only process of the guest: loads the module, then hands programs to it.
 * Program and answer lie in memory that the host shares with the guest (an
 * ivshmem device), since a serial port would take longer than the programs do.
 * A byte on the second serial port says that something is there. The first
 * serial port is the kernel's console.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <termios.h>
#include <unistd.h>

/* The halves of the shared memory: a length, then text. ../guest.ts agrees. */
#define HALF (2 * 1024 * 1024)

struct message {
	volatile uint32_t size;
	char text[HALF - sizeof(uint32_t)];
};

static char line[HALF];
static char answer[HALF];

static void die(const char *what)
{
	printf("oracle-init: %s: %s\n", what, strerror(errno));
	fflush(stdout);
	reboot(RB_AUTOBOOT);
	exit(1);
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

/* Adds to answer[] the addresses of what the host changes before a guest starts (symbols.ts). */
static size_t add_symbols(size_t size)
{
	static const char *const names[] = {
		"start_kernel", "cc_vendor", "x86_platform", "enc_status_change_prepare_noop",
		"enc_status_change_finish_noop",
	};
	FILE *symbols = fopen("/proc/kallsyms", "r");
	char text[512], name[256], type;
	unsigned long long address;
	const char *comma = "";
	size_t i;

	if (!symbols)
		die("/proc/kallsyms");
	/* Instead of the closing brace. */
	while (size && answer[size - 1] != '}')
		size--;
	size = size - 1 + sprintf(answer + size - 1, ",\"symbols\":{");
	while (fgets(text, sizeof(text), symbols)) {
		if (sscanf(text, "%llx %c %255s", &address, &type, name) != 3)
			continue;
		for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
			if (strcmp(name, names[i]))
				continue;
			size += sprintf(answer + size, "%s\"%s\":\"%llx\"", comma, name, address);
			comma = ",";
		}
	}
	fclose(symbols);
	return size + sprintf(answer + size, "}}\n");
}

static void load_module(const char *path)
{
	int fd = open(path, O_RDONLY);

	if (fd < 0 || syscall(SYS_finit_module, fd, "", 0))
		die(path);
	close(fd);
}

/* The memory of the ivshmem device, found by its PCI ids. */
static struct message *map_shared(void)
{
	const char *devices = "/sys/bus/pci/devices";
	DIR *folder = opendir(devices);
	struct dirent *entry;
	char path[512], id[16] = "";
	void *memory;
	int fd;

	while (folder && (entry = readdir(folder))) {
		snprintf(path, sizeof(path), "%s/%s/device", devices, entry->d_name);
		fd = open(path, O_RDONLY);
		if (fd < 0)
			continue;
		if (read(fd, id, sizeof(id) - 1) > 0 && !strncmp(id, "0x1110", 6)) {
			snprintf(path, sizeof(path), "%s/%s/enable", devices, entry->d_name);
			close(fd);
			fd = open(path, O_WRONLY);
			if (fd < 0 || write(fd, "1", 1) != 1)
				die(path);
			close(fd);
			snprintf(path, sizeof(path), "%s/%s/resource2", devices, entry->d_name);
			fd = open(path, O_RDWR);
			memory = mmap(NULL, 2 * HALF, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
			if (memory == MAP_FAILED)
				die(path);
			return memory;
		}
		close(fd);
	}
	errno = ENODEV;
	die("shared memory");
	return NULL;
}

static void send(int serial, struct message *to, size_t size)
{
	memcpy(to->text, answer, size);
	to->size = size;
	if (write(serial, "\n", 1) != 1)
		die("write to serial");
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
	struct message *shared;
	int module, serial;
	char bell;

	mkdir("/dev", 0755);
	mkdir("/sys", 0755);
	mkdir("/proc", 0755);
	if (mount("dev", "/dev", "devtmpfs", 0, NULL) && errno != EBUSY)
		die("devtmpfs");
	freopen("/dev/console", "w", stdout);
	if (mount("proc", "/proc", "proc", 0, NULL) || mount("sys", "/sys", "sysfs", 0, NULL) ||
	    mount("debug", "/sys/kernel/debug", "debugfs", 0, NULL))
		die("mount");
	load_module("/coco_dma_oracle.ko");
	module = open("/dev/coco_dma_oracle", O_RDWR);
	if (module < 0)
		die("open module");
	shared = map_shared();
	serial = open_serial("/dev/ttyS1");
	send(serial, &shared[1], add_symbols(read_answer(module)));

	while (read(serial, &bell, 1) == 1) {
		uint32_t size = shared[0].size;
		size_t answered;

		if (size > sizeof(shared[0].text))
			die("program too long");
		memcpy(line, shared[0].text, size);
		if (write(module, line, size) != (ssize_t)size)
			die("write to module");
		answered = read_answer(module);
		if (strstr(answer, "\"warned\":1"))
			clear_warnings();
		send(serial, &shared[1], answered);
	}
	die("read from serial");
	return 1;
}
