#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""check_links.py SITE: each link of each page leads to a file that is there, and to a place in it."""
import html.parser
import pathlib
import sys
import urllib.parse


class Page(html.parser.HTMLParser):
    """What a page links to, and what it can be linked to at."""

    def __init__(self, path):
        super().__init__()
        self.links, self.places = [], {"", "top"}
        self.feed(path.read_text())

    def handle_starttag(self, tag, attrs):
        found = dict(attrs)
        self.places.update(found[key] for key in ("id", "name") if found.get(key))
        self.links += [found[key] for key in ("href", "src") if found.get(key)]


def main():
    root = pathlib.Path(sys.argv[1]).resolve()
    pages = {path: Page(path) for path in sorted(root.rglob("*.html"))}
    wrong, count = [], 0
    for path, page in pages.items():
        for link in page.links:
            address = urllib.parse.urlsplit(link)
            if address.scheme or address.netloc:
                continue
            count += 1
            target = (path.parent / urllib.parse.unquote(address.path)).resolve() if address.path else path
            if not target.exists() or root not in [target, *target.parents]:
                wrong.append(f"{path.relative_to(root)}: nothing at {link}")
            elif target in pages and urllib.parse.unquote(address.fragment) not in pages[target].places:
                wrong.append(f"{path.relative_to(root)}: {link}: no such place in that page")
    print("\n".join(wrong + [f"{count} links in {len(pages)} pages, {len(wrong)} wrong"]))
    return 1 if wrong or not count else 0


if __name__ == "__main__":
    sys.exit(main())
