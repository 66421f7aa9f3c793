// SPDX-License-Identifier: GPL-2.0-only
/*
 * dmaring_overlay: a device-tree overlay that is there while the module is. Mainline
 * has no interface for overlays but this call; boot loaders and vendors' kernels apply them.
 * Never installed.
 *
 *	insmod dmaring_overlay.ko tree=FILE	a compiled overlay (.dtbo)
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/kernel_read_file.h>
#include <linux/module.h>
#include <linux/of.h>
#include <linux/sizes.h>
#include <linux/vmalloc.h>

static char *tree = "";
module_param(tree, charp, 0444);
MODULE_PARM_DESC(tree, "path of the overlay to apply when loaded");

static void *overlay;
static int changes;

static int __init overlay_init(void)
{
	int bytes, ret;

	bytes = kernel_read_file_from_path(tree, 0, &overlay, SZ_64K, NULL, READING_UNKNOWN);
	if (bytes < 0) {
		pr_err("cannot read \"%s\": %d\n", tree, bytes);
		return bytes;
	}
	ret = of_overlay_fdt_apply(overlay, bytes, &changes, NULL);
	if (!ret)
		return 0;
	pr_err("cannot apply %s: %d\n", tree, ret);
	/* Half of it may have been applied. */
	if (changes)
		of_overlay_remove(&changes);
	vfree(overlay);
	return ret;
}
module_init(overlay_init);

static void __exit overlay_exit(void)
{
	int ret = of_overlay_remove(&changes);

	if (ret)
		pr_err("cannot remove %s: %d\n", tree, ret);
	vfree(overlay);
}
module_exit(overlay_exit);

MODULE_DESCRIPTION("dmaring: applies a device-tree overlay, for tests");
MODULE_LICENSE("GPL");
MODULE_VERSION(DMARING_VERSION);
