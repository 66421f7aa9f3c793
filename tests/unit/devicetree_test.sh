#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The bindings of dmaring's nodes pass the checks of dt-schema, and so do their
# examples; what they forbid is found; they name the properties that the driver
# reads, and the driver's match tables are their lists of compatibles. The example
# overlays compile without a warning, apply, and keep to the bindings, and so do the
# nodes of docs/migrating.md. Prints TAP.

set -u

# shellcheck source=tests/tap
. "$(dirname "$0")/../tap"

root=$(cd "$(dirname "$0")/../.." && pwd) || exit 1
cd "$root" || exit 1
out=${B:-build}/tests/unit/devicetree
binding=packaging/dt/dmaring,device.yaml
buffer=packaging/dt/dmaring,buffer.yaml
rm -rf "$out"
mkdir -p "$out" || exit 1

# The driver and the binding, by their texts.
sed -n 's/.*"\(dmaring,[a-z-]*\)".*/\1/p' src/kernel/*.c | grep -vx -e dmaring,device -e dmaring,simulated -e dmaring,buffer |
	sort -u >"$out/read"
sed -n 's/^  \(dmaring,[a-z-]*\):.*/\1/p' $binding | sort -u | grep -v '^$' >"$out/named"
diff "$out/read" "$out/named" >"$out/log"
report "the binding has the properties that the driver reads ($(grep -c . "$out/read"))" "$out/log"
sed -n 's/.*\.compatible = "\(.*\)".*/\1/p' src/kernel/device.c | sort >"$out/read"
sed -n 's/^ *- const: \([a-z,_-]*\)$/\1/p' $binding | sort >"$out/named"
diff "$out/read" "$out/named" >"$out/log"
report "the driver matches the binding's compatibles ($(grep -c . "$out/read"))" "$out/log"
sed -n 's/.*\.compatible = "\(.*\)".*/\1/p' src/kernel/buffer.c | sort >"$out/read"
sed -n 's/^ *- const: \([a-z0-9.,_-]*\)$/\1/p' $buffer | sort >"$out/named"
diff "$out/read" "$out/named" >"$out/log"
report "and those of buffers ($(grep -c . "$out/read"))" "$out/log"
sed -n 's/.*\.compatible = "\(.*\)".*/\1/p' src/kernel/device.c src/kernel/buffer.c | sort >"$out/read"
sed -n '/^static const char \*const compatibles/,/^};/s/^\t"\(.*\)",$/\1/p' tools/absent.c | sort >"$out/named"
diff "$out/read" "$out/named" >"$out/log"
report "dmaring info --why knows them all ($(grep -c . "$out/read"))" "$out/log"
sed -n 's/.*(parent, "\([a-z,-]*\)".*/\1/p' src/kernel/buffer.c | sort -u >"$out/read"
sed -n 's/^  \([a-z,-]*\):.*/\1/p' $buffer | grep -vx -e compatible -e dma-coherent -e iommus | sort -u >"$out/named"
diff "$out/read" "$out/named" >"$out/log"
report "and their properties ($(grep -c . "$out/read"))" "$out/log"

if ! command -v dtc >/dev/null; then
	skip "overlays" "no dtc (device-tree-compiler)"
	tap_end
fi

# A board with the labels that the overlays look for.
cat >"$out/board.dts" <<'END'
/dts-v1/;
/ {
	#address-cells = <1>;
	#size-cells = <1>;
	compatible = "vendor,board";
	model = "board";
	intc: interrupt-controller@1000 {
		compatible = "arm,cortex-a9-gic";
		reg = <0x1000 0x100>, <0x2000 0x100>;
		interrupt-controller;
		#interrupt-cells = <3>;
	};
	clkc: clock-controller { compatible = "vendor,clock"; #clock-cells = <1>; };
	amba: axi { compatible = "simple-bus"; ranges; #address-cells = <1>; #size-cells = <1>; };
	dma: dma-controller@3000 { compatible = "vendor,a"; reg = <0x3000 0x100>; #dma-cells = <1>; };
	fpd_dma_chan1: dma-controller@4000 { compatible = "vendor,b"; reg = <0x4000 0x100>; #dma-cells = <1>; };
	fpd_dma_chan2: dma-controller@5000 { compatible = "vendor,b"; reg = <0x5000 0x100>; #dma-cells = <1>; };
};
END
dtc -q -@ -I dts -O dtb -o "$out/board.dtb" "$out/board.dts" || exit 1

overlays=$(ls examples/overlays/*.dtso)
: >"$out/log"
for overlay in $overlays; do
	name=$(basename "$overlay" .dtso)
	dtc -@ -I dts -O dtb -o "$out/$name.dtbo" "$overlay" 2>>"$out/log" ||
		echo "$overlay does not compile" >>"$out/log"
done
report "overlays compile without a warning ($(echo "$overlays" | grep -c .))" "$out/log"
: >"$out/log"
for overlay in $overlays; do
	name=$(basename "$overlay" .dtso)
	fdtoverlay -i "$out/board.dtb" -o "$out/$name.dtb" "$out/$name.dtbo" 2>>"$out/log" ||
		echo "$overlay does not apply" >>"$out/log"
	dtc -q -I dtb -O dts "$out/$name.dtb" 2>>"$out/log" | grep -q 'compatible = "dmaring,device"' ||
		echo "$overlay makes no device" >>"$out/log"
done
report "overlays apply to a board, and make a device" "$out/log"

if ! command -v dt-doc-validate >/dev/null || ! command -v dt-mk-schema >/dev/null; then
	skip "the binding, by dt-schema" "no dt-schema"
	tap_end
fi

# Where the kernel's tree would have it: its place is in its $id.
mkdir -p "$out/schemas/dma"
cp $binding $buffer "$out/schemas/dma/"
for schema in "$out/schemas/dma"/*; do
	dt-doc-validate -u "$out/schemas" "$schema" 2>&1 || echo "dt-doc-validate failed on $schema"
done >"$out/log"
report "the bindings are some, says dt-schema" "$out/log"
dt-mk-schema -j "$out/schemas" >"$out/schema.json" 2>"$out/log" || echo "dt-mk-schema failed" >>"$out/log"
report "dt-schema takes it" "$out/log"

# complaints FILE.dtb - of these bindings', not of what the board lacks; with any end of
# dt-validate that is not its own
complaints()
{
	dt-validate -s "$out/schema.json" "$1" >"$out/complaints" 2>&1
	! grep -q ^Traceback "$out/complaints" || echo "dt-validate died"
	grep -F -e dmaring,device.yaml -e dmaring,buffer.yaml "$out/complaints"
}

: >"$out/log"
: >"$out/log.kept"
for schema in "$out/schemas/dma"/*; do
	example=$out/$(basename "$schema" .yaml)
	dt-extract-example "$schema" >"$example.dts" 2>>"$out/log"
	# The frame that dt-schema puts around each has cells that no child uses.
	dtc -W no-avoid_unnecessary_addr_size -I dts -O dtb -o "$example.dtb" "$example.dts" >>"$out/log" 2>&1 ||
		echo "the examples of $schema do not compile" >>"$out/log"
	complaints "$example.dtb" >>"$out/log.kept"
done
report "their examples compile without a warning" "$out/log"
report "their examples keep to them" "$out/log.kept"
: >"$out/log"
for overlay in $overlays; do
	complaints "$out/$(basename "$overlay" .dtso).dtb" >>"$out/log"
done
report "overlays keep to it" "$out/log"

# Nodes of other drivers, as docs/migrating.md has them: on a board, they keep to the bindings.
{
	cat <<'END'
/dts-v1/;
/ {
	#address-cells = <1>;
	#size-cells = <1>;
	compatible = "vendor,board";
	model = "board";
	axi_dma_0: dma-controller@3000 { compatible = "vendor,a"; reg = <0x3000 0x100>; #dma-cells = <1>; };
END
	awk '/^```dts$/ { inside = 1; next } /^```/ { inside = 0 } inside' docs/migrating.md
	echo '};'
} >"$out/migrating.dts"
dtc -q -I dts -O dtb -o "$out/migrating.dtb" "$out/migrating.dts" >"$out/log" 2>&1 || echo "they do not compile" >>"$out/log"
complaints "$out/migrating.dtb" >>"$out/log"
for name in ikwzm,u-dma-buf xlnx,dma_proxy xlnx,axidma-chrdev ezdma; do
	grep -q "compatible = \"$name\"" "$out/migrating.dts" || echo "no node of $name" >>"$out/log"
done
report "nodes of docs/migrating.md keep to the bindings" "$out/log"

# wrong PROPERTIES - as lines of a node, by the binding
: >"$out/log"
tried=0
wrong()
{
	tried=$((tried + 1))
	cat >"$out/wrong.dts" <<END
/dts-v1/;
/ {
	#address-cells = <1>;
	#size-cells = <1>;
	compatible = "vendor,board";
	model = "board";
	dma: dma-controller@3000 { compatible = "vendor,a"; reg = <0x3000 0x100>; #dma-cells = <1>; };
	device { compatible = "$compatible"; $* };
};
END
	dtc -q -I dts -O dtb -o "$out/wrong.dtb" "$out/wrong.dts" || echo "does not compile: $*" >>"$out/log"
	complaints "$out/wrong.dtb" | grep -qi schema || echo "not found: $*" >>"$out/log"
}
compatible=dmaring,device
channels='dmas = <&dma 0>; dma-names = "rx";'
wrong 'dmas = <&dma 0>;'
wrong 'dma-names = "rx";'
wrong "$channels dmaring,name = \"a/b\";"
wrong "$channels dmaring,name = \"a2345678901234567890123456789012\";"
wrong "$channels dmaring,directions = \"sideways\";"
wrong "$channels dmaring,width = <3>;"
wrong "$channels dmaring,burst = <8>;"
wrong "$channels dmaring,metadata-bytes = <8>;"
wrong "$channels dmaring,length-known = <1>;"
wrong "$channels size = <4096>;"
compatible=ikwzm,u-dma-buf
wrong 'sync-mode = <1>;'
wrong 'size = <1 2 3>;'
wrong 'size = <4096>; sync-mode = <4>;'
wrong 'size = <4096>; minor-number = <256>;'
wrong 'size = <4096>; sync-direction = <3>;'
wrong 'size = <4096>; dma-mask = <65>;'
wrong 'size = <4096>; sync-always = <1>;'
wrong 'size = <4096>; dmas = <&dma 0>;'
report "what they forbid is found ($tried nodes)" "$out/log"

tap_end
