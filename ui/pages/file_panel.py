"""What is being done with one file: added, asked about, or looked at; it stays while the list below is built anew."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QPoint, QRect, QSize, Qt, Signal
from PySide6.QtGui import QImage, QImageReader, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget
from typing_extensions import override

from app.domain.attachment import LONGEST_TITLE, Attachment
from app.domain.codes import FileKind
from ui.messages import label
from ui.widgets import (
    Banner,
    FlowRow,
    Manner,
    Option,
    PrimaryButton,
    QuietButton,
    SafeLabel,
    SecondaryButton,
    Surface,
    TextField,
    TextRole,
    Tick,
    shown,
)
from ui.widgets.text import filled

WIDEST_PICTURE: Final = 900
"""Pixels; a photo is made smaller while it is read, so that a huge one costs no more memory than it shows."""
MOST_PIXELS: Final = 100_000_000
"""A picture that says it has more is no photo of a letter, but a bomb for whoever unpacks it."""
MOST_LETTERS: Final = 50_000
"""Letters of a text that are shown; the rest is seen in another program."""


class AddFileForm(Surface):
    """Says what a chosen file is before it is added.

    Signals:
        add_asked: Add it.
        given_up: Add nothing.
    """

    add_asked = Signal()
    given_up = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent=parent)
        self.heading = SafeLabel("", TextRole.SECTION)
        self.title = TextField(self.tr("What is it?"), longest=LONGEST_TITLE, characters=40)
        self.tick = Tick(
            Option(
                key="partners",
                words=self.tr("Charities the person said yes to may have this file too"),
                hint=self.tr("They read the note in any case. Without this, the file stays in your charity."),
            )
        )
        self.add_button = PrimaryButton(self.tr("Add the file"))
        self.back_button = QuietButton(self.tr("Add nothing"))
        for part in (self.heading, self.title, self.tick, FlowRow(self.add_button, self.back_button)):
            self.add(part)
        self.add_button.clicked.connect(self.add_asked)
        self.back_button.clicked.connect(self.given_up)

    def begin(self, heading: str, title: str, *, may_share: bool) -> None:
        """Show the form for a file that was just chosen."""
        self.heading.set_words(heading)
        self.title.set_text(title)
        self.tick.setChecked(False)
        self.tick.setVisible(may_share)
        self.show()
        self.title.line.setFocus(Qt.FocusReason.OtherFocusReason)


class FileViewer(Surface):
    """Shows a picture or a text; whatever it cannot show it says so.

    Signals:
        closed: Somebody has seen it.
    """

    closed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent=parent)
        self.heading = SafeLabel("", TextRole.SECTION)
        self.words = SafeLabel("")
        self.picture = Picture()
        self.close_button = SecondaryButton(self.tr("Close"))
        for part in (self.heading, self.words, self.picture, self.close_button):
            self.add(part)
        self.close_button.clicked.connect(self.closed)

    def show_file(self, attachment: Attachment, content: bytes) -> None:
        """Show what a file holds."""
        self.heading.set_words(attachment.title)
        is_text = attachment.mime is FileKind.TXT
        words = content.decode("utf-8-sig", "replace") if is_text else ""
        if len(words) > MOST_LETTERS:
            words = filled(self.tr("{words} … This is only the beginning."), words=words[:MOST_LETTERS])
        is_drawn = not is_text and self.picture.show_picture(content, attachment.mime, attachment.title)
        if not is_text and not is_drawn:
            words = self.tr("This picture cannot be shown here.")
        self.words.set_words(words)
        self.words.setVisible(bool(words))
        self.picture.setVisible(is_drawn)
        self.show()
        self.close_button.setFocus(Qt.FocusReason.OtherFocusReason)

    def forget(self) -> None:
        """Show nothing, and keep nothing of it."""
        self.hide()
        self.words.set_words("")
        self.picture.forget()


class Picture(QWidget):
    """A picture as wide as there is room for, and never wider than it is."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._image = QImage()
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)

    def show_picture(self, content: bytes, kind: FileKind, title: str) -> bool:
        """Show a picture; answer whether it can be read."""
        data = QByteArray(content)
        buffer = QBuffer(data)
        buffer.open(QIODevice.OpenModeFlag.ReadOnly)
        # By the kind it was found to be: a reader that guesses would open formats that nobody allowed.
        reader = QImageReader(buffer, QByteArray(kind.value.encode()))
        reader.setAutoTransform(True)
        size = reader.size()
        if not size.isValid() or size.width() * size.height() > MOST_PIXELS:
            return False
        if max(size.width(), size.height()) > WIDEST_PICTURE:
            reader.setScaledSize(size.scaled(WIDEST_PICTURE, WIDEST_PICTURE, Qt.AspectRatioMode.KeepAspectRatio))
        self._image = reader.read()
        self.setAccessibleName(shown(title))
        self.updateGeometry()
        self.update()
        return not self._image.isNull()

    def forget(self) -> None:
        """Keep nothing of the picture."""
        self._image = QImage()
        self.setAccessibleName("")

    @override
    def sizeHint(self) -> QSize:
        """Return the picture's own size."""
        return self._image.size()

    @override
    def hasHeightForWidth(self) -> bool:
        """Return that a narrow window makes it lower."""
        return True

    @override
    def heightForWidth(self, width: int) -> int:
        """Return the height that keeps its shape."""
        own = self._image.size()
        return own.height() if width >= own.width() else own.height() * width // max(1, own.width())

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the picture into the room there is."""
        if self._image.isNull():
            return
        area = self._image.size().scaled(self.size().boundedTo(self._image.size()), Qt.AspectRatioMode.KeepAspectRatio)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.drawImage(QRect(QPoint(0, 0), area), self._image)


class OutsideQuestion(Banner):
    """Asks before a file goes to another program.

    Signals:
        agreed: Open it there.
        given_up: Leave it closed.
    """

    agreed = Signal()
    given_up = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("", manner=Manner.ATTENTION, parent=parent)
        self.yes_button = SecondaryButton(self.tr("Open it there"))
        self.no_button = QuietButton(self.tr("Leave it closed"))
        for button in (self.yes_button, self.no_button):
            self.choices.add(button)
        self.choices.show()
        self.yes_button.clicked.connect(self.agreed)
        self.no_button.clicked.connect(self.given_up)

    def ask(self, attachment: Attachment) -> None:
        """Ask about one file."""
        statement = filled(
            self.tr("“{title}” opens in another program ({kind})."),
            title=attachment.title,
            kind=label("file_kind", attachment.mime),
        )
        detail = self.tr(
            "Alongside cannot lock or hide what is shown there. Close it before you leave the laptop; the copy that it"
            " reads is deleted when Alongside is locked."
        )
        self.set_words(statement, detail)
        self.show()
        self.yes_button.setFocus(Qt.FocusReason.OtherFocusReason)
