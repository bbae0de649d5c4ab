"""How Sphinx builds the site: ``python -m sphinx -W --keep-going -c notebooks/site notebooks build/site``.

Everything is built from this checkout and without the network: notebooks from the outputs they were committed with,
the API from the docstrings, tables from the primitives and from the benchmarks' last results.
"""

from __future__ import annotations

import sys
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
sys.path[:0] = [str(ROOT), str(HERE / "extensions")]  # this checkout's packages, and what this file configures

import autograd_core  # noqa: E402  # from the path above

project = "autograd-core"
version = release = autograd_core.__version__

extensions = [
    "myst_nb",
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx.ext.napoleon",
    "beside",
    "computed_tables",
    "mathml",
    "public_names",
]
root_doc = "index"
exclude_patterns = ["**/.ipynb_checkpoints", "site/extensions", "site/static"]
suppress_warnings = ["mystnb.unknown_mime_type"]  # what a frontend alone can show, such as Plotly's, is left out

nb_execution_mode = "off"  # the tests run the notebooks; here they are shown as they were committed
nb_merge_streams = True
myst_enable_extensions = ["dollarmath", "amsmath", "colon_fence", "deflist"]
myst_heading_anchors = 3  # links such as page.md#a-heading, as forges have them

autodoc_member_order = "bysource"
autodoc_typehints_format = "short"
autodoc_preserve_defaults = True
autosummary_generate = False
napoleon_numpy_docstring = False
napoleon_custom_sections = [("Attributes", "params_style")]  # several to a line, as in Args
python_use_unqualified_type_names = True
highlight_options = {language: {"stripnl": True} for language in ("python", "pycon")}  # no empty line at the end
maximum_signature_line_length = 88
add_module_names = False
toc_object_entries_show_parents = "hide"

html_theme = "furo"
html_title = "autograd-core"
html_static_path = ["static"]
html_css_files = ["site.css"]
html_js_files = [("site.js", {"defer": "defer"})]
html_copy_source = False
html_show_sphinx = False
html_show_copyright = False
html_theme_options = {"top_of_page_buttons": []}
pygments_style = "default"
pygments_dark_style = "github-dark"
