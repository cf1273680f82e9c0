# SPDX-License-Identifier: Apache-2.0
"""Manual pages of section 3, in mdoc(7), from the XML that Doxygen makes of the headers."""
import datetime
import os
import re
import textwrap
import xml.etree.ElementTree as ElementTree

MACRO = re.compile(r"^([.'])")
SENTENCE = re.compile(r"(?<=[^\s][.!?]) (?=\S)|(?<=[.!?][)\"]) (?=\S)")


def date():
    seconds = os.environ.get("SOURCE_DATE_EPOCH")
    day = datetime.datetime.utcfromtimestamp(int(seconds)) if seconds else datetime.datetime.utcnow()
    return f"{day:%B} {day.day}, {day.year}"


def escape(text):
    """Words as roff takes them."""
    return text.replace("\\", "\\e").replace("-", "\\-") if "\\" in text else text


def words(element):
    """The text of an element without what stands in lists of parameters and returns."""
    if element.tag in ("parameterlist", "simplesect"):
        return ""
    text = element.text or ""
    for child in element:
        text += words(child) + (child.tail or "")
    return text


def lines(text):
    """A paragraph as lines of roff: a sentence begins a line, and no line begins with a control character."""
    sentences = SENTENCE.split(" ".join(text.split()))
    return [MACRO.sub(r"\\&\1", escape(line)) for sentence in sentences for line in textwrap.wrap(sentence, 78)]


def paragraphs(element):
    """The paragraphs of a description, list items and code among them."""
    found = []
    for para in element.findall("para") if element is not None else []:
        body = lines(words(para))
        if body:
            found.append(body)
    return found


def joined(found):
    out = []
    for number, body in enumerate(found):
        out += ([".Pp"] if number else []) + body
    return out


def section(name, body):
    return [f".Sh {name}"] + body if body else []


def parameters(member):
    out = []
    for item in member.iter("parameteritem"):
        names = [words(name) for name in item.iter("parametername")]
        out += [f".It Fa {' , '.join(names)}"] + joined(paragraphs(item.find("parameterdescription")))
    return [".Bl -tag -width Ds"] + out + [".El"] if out else []


def returns(member):
    out = []
    for part in member.iter("simplesect"):
        if part.get("kind") == "return":
            out.append([line for body in paragraphs(part) for line in body])
    return joined(out)


def prototype(member):
    kind = words(member.find("type")) or "void"
    out = [f".Ft {quoted(kind.strip())}", f".Fo {member.findtext('name')}"]
    for param in member.findall("param"):
        name, array = param.findtext("declname") or "", param.findtext("array") or ""
        of = words(param.find("type")).strip()
        if "(*" in of:  # a pointer to a function: the name stands inside
            text = of + array
        else:
            text = f"{of}{'' if of.endswith('*') or not name else ' '}{name}{array}"
        out.append(f".Fa {quoted(text)}")
    return out + [".Fc"]


def quoted(text):
    return '"' + escape(text).replace('"', '""') + '"'


def page(member, header, about, others):
    name = member.findtext("name")
    brief = " ".join(words(member.find("briefdescription")).split()).rstrip(".")
    short = re.split(r"[.:;,](?:\s|$)", brief)[0] or "part of the API"
    body = [f'.\\" SPDX-License-Identifier: Apache-2.0', f".Dd {date()}", f".Dt {name.upper()} 3", ".Os Tenon",
            ".Sh NAME", f".Nm {name}", f".Nd {escape(short[0].lower() + short[1:])}", ".Sh SYNOPSIS", f".In {header}"]
    body += prototype(member)
    text = [lines(brief + ".")] if brief else []
    body += section("DESCRIPTION", joined(text + paragraphs(member.find("detaileddescription"))) + parameters(member))
    body += section("IMPLEMENTATION NOTES", about)
    body += section("RETURN VALUES", returns(member))
    see = [".Xr tenon 1 ,"] + [f".Xr {other} 3 ," for other in others if other != name]
    see[-1] = see[-1].removesuffix(" ,")
    return "\n".join(body + section("SEE ALSO", see)) + "\n"


def functions(compound):
    for member in compound.iter("memberdef"):
        described = words(member.find("briefdescription")).strip() or words(member.find("detaileddescription")).strip()
        if member.get("kind") == "function" and described and not member.findtext("name").startswith("_"):
            yield member


def write(xml, folder):
    """A page for each described function of each header."""
    folder.mkdir(parents=True)
    for path in sorted(xml.glob("*_8h.xml")):
        compound = ElementTree.parse(path).getroot().find("compounddef")
        header = compound.find("location").get("file").split("include/")[-1]
        about = joined(paragraphs(compound.find("detaileddescription")))
        members = {member.findtext("name"): member for member in functions(compound)}
        for name, member in members.items():
            (folder / f"{name}.3").write_text(page(member, header, about, sorted(members)))
