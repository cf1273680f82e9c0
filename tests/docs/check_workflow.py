#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The workflow in docs/first-extension.md is YAML that GitHub takes, and its commands are those that the same document
runs by hand, which docs.snippets does."""
import pathlib
import re
import sys

import yaml


def main():
    text = (pathlib.Path(sys.argv[1]) / "docs/first-extension.md").read_text()
    block = re.search(r"<!-- program day file \S*extension.yml -->\s*```yaml\n(.*?)```", text, re.S)
    by_hand = re.search(r"The same by hand:.*?```sh\n(.*?)```", text, re.S)[1].splitlines()
    workflow = yaml.safe_load(block[1])
    wrong = []
    # "on" is a boolean in YAML 1.1, and GitHub means the word.
    if not {"name", True, "jobs"} <= set(workflow) or not workflow["jobs"]:
        wrong.append(f"a workflow has name, on and jobs, this {list(workflow)}")
    for name, job in workflow["jobs"].items():
        if "runs-on" not in job:
            wrong.append(f"{name} runs on nothing")
        for step in job["steps"]:
            if ("run" in step) == ("uses" in step):
                wrong.append(f"neither or both of run and uses: {step}")
            if step.get("run", "").startswith("tenon") and step["run"] not in by_hand:
                wrong.append(f"not run by hand: {step['run']}")
    print("\n".join(wrong))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
