"""E-mail: one message in text and HTML through the configured mail server."""

from __future__ import annotations

from email.utils import parseaddr
from smtplib import SMTPException, SMTPRecipientsRefused, SMTPResponseException

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from governance.channels.base import Letter, NotSent
from governance.models import User

TEMPLATES = ("governance/mail/letter.txt", "governance/mail/letter.html")


class Email:
    """Mails to the address of the person's account."""

    kind = "email"
    label = _("E-mail")

    def address(self, user: User) -> str:
        return user.email

    def send(self, letter: Letter) -> None:
        """Raises NotSent, with the class of the fault and the server's number, never its words."""
        message = self.message(letter)
        try:
            message.send()
        except SMTPRecipientsRefused as error:
            raise NotSent(type(error).__name__, down=False) from error
        except SMTPResponseException as error:
            raise NotSent(f"{type(error).__name__} {error.smtp_code}", down=True) from error
        except (SMTPException, OSError) as error:
            raise NotSent(type(error).__name__, down=True) from error

    def message(self, letter: Letter) -> EmailMultiAlternatives:
        """The mail of a letter. Its Message-ID is the delivery's: a mail server can tell a repeated one."""
        with translation.override(letter.language):
            text, html = (render_to_string(name, {"letter": letter}) for name in TEMPLATES)
        domain = parseaddr(settings.DEFAULT_FROM_EMAIL)[1].partition("@")[2] or "localhost"
        mail = EmailMultiAlternatives(
            subject=f"[Gavel] {' '.join(letter.subject.split())}",
            body=text,
            to=[self.address(letter.recipient)],
            headers={"Message-ID": f"<{letter.key}@{domain}>", "Auto-Submitted": "auto-generated"},
        )
        mail.attach_alternative(html, "text/html")
        return mail
