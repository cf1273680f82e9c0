#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""manifests.py ROOT CORE...: zephyr/module.yml, zephyr/Kconfig, idf_component.yml and library.json have the fields
that are documented, with values of the documented kinds; files that they name are there; versions agree. CORE: the core's sources."""
import json
import pathlib
import re
import sys
import types

import yaml

ROOT = pathlib.Path(sys.argv[1])
failures = []


def check(what, condition):
    if not condition:
        failures.append(what)


def fields(what, found, known, required):
    check(f"{what}: unknown {set(found) - set(known)}", set(found) <= set(known))
    check(f"{what}: lacks {set(required) - set(found)}", set(required) <= set(found))
    for name, value in found.items():
        check(f"{what}: {name} is {value!r}", isinstance(value, known.get(name, object)))


version = re.search(r"project\(Tenon VERSION ([0-9.]+)", (ROOT / "CMakeLists.txt").read_text())[1]

check("meson.build: version", f"version: '{version}'" in (ROOT / "meson.build").read_text())

# Zephyr: "Modules", module.yml.
module = yaml.safe_load((ROOT / "zephyr/module.yml").read_text())
fields("module.yml", module, {"name": str, "build": dict, "tests": list, "samples": list,
                              "boards": list, "blobs": list, "package-managers": dict,
                              "security": dict, "runners": list}, ["build"])
fields("module.yml: build", module["build"],
       {"cmake": str, "kconfig": str, "cmake-ext": bool, "kconfig-ext": bool, "depends": list,
        "settings": dict, "sysbuild-cmake": str, "sysbuild-kconfig": str}, ["cmake", "kconfig"])
check("module.yml: cmake names no folder with CMakeLists.txt",
      (ROOT / module["build"]["cmake"] / "CMakeLists.txt").is_file())
check("module.yml: kconfig names no file", (ROOT / module["build"]["kconfig"]).is_file())

# Each option that the build file asks for is one, and the other way round.
options = set(re.findall(r"^config (\w+)$", (ROOT / "zephyr/Kconfig").read_text(), re.M))
build = (ROOT / "zephyr/CMakeLists.txt").read_text()
used = set(re.findall(r"CONFIG_(TENON\w*)\b", build)) - {"TENON_"}
used |= {"TENON_" + name for name in re.findall(r"([A-Z]+):CONFIG_LLEXT", build)}
own = {name for name in options if name.startswith("TENON")}
check(f"Kconfig has {own}, CMakeLists.txt uses {used}", own == used)
# Those under LLEXT's names the headers read themselves, or make of a group's name.
headers = "".join(path.read_text() for path in (ROOT / "include/llext").glob("*.h"))
not_offered = {"LLEXT_EXPORT_DEVICES"}
for name in options - own - not_offered:
    check(f"Kconfig's {name} is in no header", f"CONFIG_{name}" in headers or
          name.startswith("LLEXT_EXPORT_SYMBOL_GROUP_"))
lines = (ROOT / "zephyr/Kconfig").read_text().splitlines()
check("Kconfig: if without endif", sum(x.startswith("if ") for x in lines) ==
      sum(x.startswith("endif") for x in lines))

# ESP-IDF: idf_component.yml.
component = yaml.safe_load((ROOT / "idf_component.yml").read_text())
fields("idf_component.yml", component,
       {"version": str, "description": str, "license": str, "targets": list, "dependencies": dict,
        "url": str, "maintainers": list, "tags": list, "files": dict, "examples": list,
        "repository": str, "documentation": str, "issues": str, "discussion": str},
       ["version", "description", "license"])
check("idf_component.yml: version", component["version"] == version)
check("idf_component.yml: a target with an Xtensa core",
      all(re.fullmatch(r"esp32[chp][0-9]+", target) for target in component["targets"]))

# PlatformIO: library.json.
library = json.loads((ROOT / "library.json").read_text())
fields("library.json", library,
       {"$schema": str, "name": str, "version": str, "description": str, "keywords": (str, list),
        "homepage": str, "repository": dict, "authors": (dict, list), "license": str,
        "frameworks": (str, list), "platforms": (str, list), "headers": (str, list),
        "examples": list, "dependencies": (dict, list), "export": dict, "scripts": dict,
        "build": dict}, ["name", "version", "description", "keywords"])
fields("library.json: build", library["build"],
       {"flags": (str, list), "unflags": (str, list), "includeDir": str, "srcDir": str,
        "srcFilter": (str, list), "extraScript": str, "libArchive": bool, "libLDFMode": str,
        "libCompatMode": str, "builder": str}, [])
check("library.json: version", library["version"] == version)
check("library.json: name", re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9-]{0,49}", library["name"]))
check("library.json: description is too long", len(library["description"]) <= 255)
check("library.json: headers", (ROOT / library["build"]["includeDir"] / library["headers"]).is_file())

built = set()
for rule in library["build"]["srcFilter"]:
    place = ROOT / rule.removeprefix("+<").removesuffix(">")
    if rule.startswith("+<"):
        built |= set(place.glob("*.c")) if place.is_dir() else set(place.parent.glob(place.name))
core = {pathlib.Path(path) for path in sys.argv[2:]} | {ROOT / "src/loaders/buf_loader.c"}
check(f"library.json builds {built - core} too much, {core - built} too little", built == core)

# Of the core's sources, the filter has each but those that a build may leave out.
chosen = set()
for rule in library["build"]["srcFilter"]:
    sign, pattern = re.fullmatch(r"([+-])<(.+)>", rule).groups()
    paths = set(ROOT.glob(pattern + "**/*.c" if pattern.endswith("/") else pattern))
    chosen = chosen | paths if sign == "+" else chosen - paths
    check(f"library.json: {rule} matches nothing", sign == "-" or paths)
check("library.json: src/load.c is not built", ROOT / "src/load.c" in chosen)


class Environment(types.SimpleNamespace):
    def subst(self, text):
        return self.compiler if text == "$CC" else text

    def Append(self, SRC_FILTER):
        self.added = SRC_FILTER


script = (ROOT / library["build"]["extraScript"]).read_text()
for compiler, machine in (("arm-none-eabi-gcc", "arm"), ("riscv64-unknown-elf-gcc", "riscv"),
                          ("aarch64-linux-gnu-gcc", "aarch64")):
    env = Environment(compiler=compiler)
    exec(script, {"Import": lambda name: None, "env": env})
    check(f"platformio.py with {compiler}: {env.added}", env.added == [f"+<src/arch/{machine}.c>"])

print("\n".join(failures) or "all is well")
sys.exit(bool(failures))
