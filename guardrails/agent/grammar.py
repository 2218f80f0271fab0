"""Text -> tree of bash; holds the parser, and says what its kinds of nodes are."""

from __future__ import annotations

import re
from importlib.machinery import ExtensionFileLoader, ModuleSpec, PathFinder
from typing import TYPE_CHECKING

from tree_sitter import Language, Parser

if TYPE_CHECKING:
    from tree_sitter import Node

_WORDS = frozenset(
    {"word", "number", "string", "raw_string", "ansi_c_string", "translated_string", "concatenation"}
    | {"simple_expansion", "expansion", "command_substitution", "process_substitution", "brace_expression"}
    | {"arithmetic_expansion", "extglob_pattern", "regex"}
)
_SHELL = re.compile(r"(?:r?ba|z|da|k|mk|fi|a|c|tc)?sh\d?")


def parsed(text: str) -> Node:
    """Return the root of the tree; `has_error` tells of text that is no bash."""
    return _PARSER.parse(text.encode("utf-8", "replace")).root_node


def is_word(kind: str) -> bool:
    return kind in _WORDS


def is_shell(program: str) -> bool:
    """Tell whether a program's name is that of a shell that reads what bash reads, more or less."""
    return _SHELL.fullmatch(program) is not None


def _language() -> Language:
    """Load the grammar by itself: what its package imports besides takes longer than all the rest of a hook."""
    package = PathFinder.find_spec("tree_sitter_bash")
    assert package is not None
    found = PathFinder.find_spec("_binding", package.submodule_search_locations)
    assert found is not None and found.origin is not None
    name = "tree_sitter_bash._binding"
    loader = ExtensionFileLoader(name, found.origin)
    module = loader.create_module(ModuleSpec(name, loader, origin=found.origin))
    loader.exec_module(module)
    return Language(module.language())


_PARSER = Parser(_language())
