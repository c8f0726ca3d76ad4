"""Writes the group policy templates from the program's own list of keys: `python packaging/windows/policy/make.py`.

`Alongside.admx` and `en-US/Alongside.adml` go to the organisation's central store. They stand in the repository, so
that what a release carries can be read; a test compares them with what this makes. Only keys that this version follows
are in them: nobody should be able to switch on what does nothing.
"""

from __future__ import annotations

import sys
from pathlib import Path
from xml.sax.saxutils import escape, quoteattr

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[2]))

from app.config import KEYS, LONGEST_TEXT, REGISTRY_KEY, Key, Kind  # noqa: E402

SPACE = "http://schemas.microsoft.com/GroupPolicy/2006/07/PolicyDefinitions"


def offered() -> list[Key]:
    """Return the keys that the templates hold."""
    return [key for key in KEYS if key.in_force]


def admx() -> str:
    """Return the definitions."""
    policies = "\n".join(_policy(key) for key in offered())
    return f"""<?xml version="1.0" encoding="utf-8"?>
<policyDefinitions xmlns="{SPACE}" revision="1.0" schemaVersion="1.0">
 <policyNamespaces>
  <target prefix="alongside" namespace="Alongside.Policies"/>
  <using prefix="windows" namespace="Microsoft.Policies.Windows"/>
 </policyNamespaces>
 <resources minRequiredRevision="1.0"/>
 <categories><category name="Alongside" displayName="$(string.Alongside)"/></categories>
 <policies>
{policies}
 </policies>
</policyDefinitions>
"""


def adml() -> str:
    """Return the words."""
    strings = ['<string id="Alongside">Alongside</string>']
    presentations = []
    for key in offered():
        strings.append(f'<string id="{key.registry}">{escape(key.title)}</string>')
        words = f"{key.explained} Allowed: {key.allowed.replace('`', '')}."
        strings.append(f'<string id="{key.registry}_Help">{escape(words)}</string>')
        if key.kind is Kind.CHOICE:
            strings += [f'<string id="{key.registry}_{each}">{escape(each)}</string>' for each in key.choices]
        if key.kind is not Kind.SWITCH:
            presentations.append(f'<presentation id="{key.registry}">{_control(key)}</presentation>')
    return f"""<?xml version="1.0" encoding="utf-8"?>
<policyDefinitionResources xmlns="{SPACE}" revision="1.0" schemaVersion="1.0">
 <displayName>Alongside</displayName>
 <description>What an organisation fixes for Alongside</description>
 <resources>
  <stringTable>
   {chr(10).join(strings).replace(chr(10), chr(10) + "   ")}
  </stringTable>
  <presentationTable>
   {chr(10).join(presentations).replace(chr(10), chr(10) + "   ")}
  </presentationTable>
 </resources>
</policyDefinitionResources>
"""


def _policy(key: Key) -> str:
    name = key.registry
    is_switch = key.kind is Kind.SWITCH
    head = (
        f'  <policy name="{name}" class="Machine" displayName="$(string.{name})" explainText="$(string.{name}_Help)"'
        + (f' valueName="{name}"' if is_switch else f' presentation="$(presentation.{name})"')
        + f" key={quoteattr(REGISTRY_KEY)}>\n"
        + '   <parentCategory ref="Alongside"/><supportedOn ref="windows:SUPPORTED_Windows_10_0"/>\n'
    )
    if is_switch:
        value = '<enabledValue><decimal value="1"/></enabledValue><disabledValue><decimal value="0"/></disabledValue>'
        return f"{head}   {value}\n  </policy>"
    return f"{head}   <elements>{_element(key)}</elements>\n  </policy>"


def _element(key: Key) -> str:
    ids = f'id="{key.registry}" valueName="{key.registry}" required="true"'
    if key.kind is Kind.NUMBER:
        return f'<decimal {ids} minValue="{key.least}" maxValue="{key.most}"/>'
    if key.kind is Kind.CHOICE:
        items = "".join(
            f'<item displayName="$(string.{key.registry}_{each})"><value><string>{each}</string></value></item>'
            for each in key.choices
        )
        return f"<enum {ids}>{items}</enum>"
    return f'<text {ids} maxLength="{LONGEST_TEXT}"/>'


def _control(key: Key) -> str:
    title = escape(key.title)
    if key.kind is Kind.NUMBER:
        return f'<decimalTextBox refId="{key.registry}" defaultValue="{key.default}">{title}</decimalTextBox>'
    if key.kind is Kind.CHOICE:
        return f'<dropdownList refId="{key.registry}">{title}</dropdownList>'
    return f'<textBox refId="{key.registry}"><label>{title}</label></textBox>'


def main() -> None:
    """Write both files."""
    (HERE / "Alongside.admx").write_text(admx(), encoding="utf-8", newline="\n")
    words = HERE / "en-US" / "Alongside.adml"
    words.parent.mkdir(exist_ok=True)
    words.write_text(adml(), encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
