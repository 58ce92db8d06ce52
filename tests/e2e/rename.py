"""A copy of a case under other names: its namespaces, objects and containers, wherever the manifest, the scripts or the truth speak of them."""
import json
import random
import re
import shutil

from manifest import Manifest

WORDS = """alder amber aspen basil beech birch briar cedar cherry clover cobalt copper coral crimson daisy elder ember fennel finch flint garnet
ginger granite hazel heron indigo ivory jasper juniper kestrel lark laurel lemon lichen lilac linen lotus lynx maple marble meadow mica moss
myrtle nutmeg olive onyx opal orchid otter pansy peach pepper pine plover poppy quartz raven robin rowan saffron sage scarlet sienna sorrel
sparrow spruce swift tansy teal thistle thyme topaz tulip umber velvet violet walnut willow wren yarrow zinnia""".split()
SCRIPTS = ("setup.sh", "teardown.sh")
TOLD = ("root", "accept", "affected", "related", "must_say", "must_derive", "about")
ASKED = ("ready_when", "fixed_when")
OUTSIDE = r"[\w.-]+\.(?:example|com|io|net|org|test|invalid)\b[\w./:-]*"  # hosts, domains of labels and drivers
STAYS = {"default", "kube-system"}


def copy(case, folder, seed):
    """Writes the case into folder/NAME. The seed and the case's name decide the names; returns old -> new."""
    target = folder / case.folder.name
    shutil.copytree(case.folder, target, ignore=shutil.ignore_patterns("observed.md"))
    manifest = Manifest((target / "manifest.yaml").read_text())
    scripts = {name: (target / name).read_text() for name in SCRIPTS if (target / name).exists()}
    renaming = Renaming(manifest, scripts, case.truth, random.Random(f"{seed}/{case.name}"))
    (target / "manifest.yaml").write_text(renaming.in_manifest(manifest.text))
    for name, text in scripts.items():
        (target / name).write_text(renaming.in_command(text))
    truth = renaming.in_truth(case.truth)
    (target / "truth.json").write_text(json.dumps(truth, indent=1))
    if kept := set(truth["namespaces"]) & set(case.truth["namespaces"]) - STAYS:
        raise RuntimeError(f"{case.name}: {sorted(kept)} not renamed; the names are only read from block-style YAML")
    return {**renaming.names, **renaming.containers}


class Renaming:
    def __init__(self, manifest, scripts, truth, rng):
        self._text = "\n".join([manifest.text, *scripts.values(), json.dumps(truth)])
        self._rng = rng
        self._words = [word for word in WORDS if word not in self._text]
        rng.shuffle(self._words)
        made = {name for _, name in manifest.made if renamable(name)}
        spoken = json.dumps([truth.get(key) for key in TOLD])
        missing = {name for name in manifest.refers if renamable(name)} - made
        missing |= {name for name in manifest.refers_to_cluster if renamable(name) and name in spoken} - made  # others may be the cluster's own
        self.names = {name: self._fresh(alone=name not in manifest.cluster_wide) for name in sorted(made)}
        self._add_slips(missing)
        self.names.update((name, self._fresh(alone=name in manifest.refers)) for name in sorted(missing - set(self.names)))
        sets = [name for kind, name in manifest.made if kind == "StatefulSet" and name in self.names]
        self.names.update((f"{claim}-{name}", f"{claim}-{self.names[name]}") for claim in manifest.claims for name in sets)
        self.containers = {name: self._fresh() for name in sorted(set(manifest.containers)) if self._only_a_container(name, manifest)}
        self._pattern = self._names_pattern(manifest, scripts)

    def _fresh(self, alone=True):
        """One to three words and sometimes a number. Its first word is in no other name, so no name begins another.
        One that is not alone in its namespace has a long number, for many cases are up at the same time."""
        words = [self._words.pop()] + [self._rng.choice(self._words) for _ in range(self._rng.randrange(3))]
        number = str(self._rng.randrange(2, 1000) if alone else self._rng.randrange(1000, 10**6))
        return "-".join(words + ([number] if not alone or self._rng.random() < 0.4 else []))

    def _add_slips(self, missing):
        """A word that is a name with one letter wrong becomes the new name with one letter wrong."""
        tokens = set(re.findall(r"(?<![\w-])[a-z][a-z0-9-]{3,}[a-z0-9](?![\w-])", self._text)) | missing
        old = dict(self.names)
        for token in sorted(tokens - set(old)):
            for name in sorted(old):
                if slipped(token, name):
                    self.names[token] = slip_of(old[name], longer=len(token) > len(name))

    def _only_a_container(self, name, manifest):
        """Only where the word means nothing else in the manifest may it be replaced."""
        return len(name) > 2 and name not in self.names and len(re.findall(alone([name]), manifest.text)) == manifest.containers.count(name)

    def _names_pattern(self, manifest, scripts):
        images = set(manifest.images)
        for text in scripts.values():
            images.update(re.findall(r"=([\w./-]+:[\w.-]+)", text))
        parts = {part for part in re.findall(r"[\w./:@-]*[/:][\w./:@-]*", self._text) if any(part in image for image in images)}
        stays = "|".join([*map(re.escape, sorted(images | parts, key=len, reverse=True)), OUTSIDE])
        names = "|".join(map(re.escape, sorted(self.names, key=len, reverse=True)))
        return re.compile(rf"(?P<stays>{stays})|(?<![\w-])(?P<name>{names})(?!\w)")

    def _renamed(self, text):
        return self._pattern.sub(lambda match: self.names[match["name"]] if match["name"] else match[0], text)

    def _swap(self, text, pattern):
        return re.sub(pattern, lambda match: self.containers[match[0]], text) if self.containers else text

    def in_manifest(self, text):
        return self._swap(self._renamed(text), alone(self.containers))

    def in_command(self, text):
        """kubectl's words, jsonpaths and patterns: a container stands after -c, before =IMAGE, or in quotes."""
        some = "|".join(map(re.escape, self.containers))
        return self._swap(self._renamed(text), rf'(?<=-c )(?:{some})(?![\w-])|(?<= )(?:{some})(?==[\w./-]+:)|(?<=")(?:{some})(?=")')

    def in_truth(self, truth):
        new = dict(truth)
        for key, value in truth.items():
            if key == "also":
                new[key] = [self.in_truth(item) for item in value]
            elif key == "namespaces":
                new[key] = each(value, self._renamed)
            elif key in TOLD:
                new[key] = each(value, self.in_manifest)
            elif key in ASKED:
                new[key] = each(value, self.in_command)
        return new


def renamable(name):
    return bool(re.fullmatch(r"[a-z0-9-]+", name)) and name not in STAYS and not name.startswith("system-")


def alone(words):
    return rf"(?<![\w./-])(?:{'|'.join(map(re.escape, sorted(words, key=len, reverse=True)))})(?![\w./-])"


def each(value, change):
    """The same structure with every string changed, but kinds and keys."""
    if isinstance(value, dict):
        return {key: inner if key == "kind" else each(inner, change) for key, inner in value.items()}
    if isinstance(value, list):
        return [each(inner, change) for inner in value]
    return change(value) if isinstance(value, str) else value


def slipped(token, name):
    """Whether one letter more or less makes the one of the other."""
    short, long = sorted((token, name), key=len)
    return len(name) > 5 and len(long) == len(short) + 1 and any(long[:i] + long[i + 1:] == short for i in range(len(long)))


def slip_of(name, longer):
    return name + "s" if longer else name[:2] + name[3:]
