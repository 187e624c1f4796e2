"""What can be set: names, defaults, what each is about, and the numbers it takes."""

from dataclasses import dataclass

Value = str | int | bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """One thing that can be set; its environment variable is `HEARDBACK_` and the name with `_` for `.`."""

    name: str
    default: Value
    about: str
    #: the smallest and the largest number it takes
    least: int = 0
    most: int = 0
    #: never shown
    secret: bool = False
    #: names a file or folder
    is_path: bool = False

    @property
    def variable(self) -> str:
        """Name of the environment variable."""
        return "HEARDBACK_" + self.name.upper().replace(".", "_")

    @property
    def is_number(self) -> bool:
        """Whether it takes a whole number."""
        return type(self.default) is int

    @property
    def explained(self) -> str:
        """What it is about, and the numbers it takes."""
        return f"{self.about} ({self.least} to {self.most})" if self.is_number else self.about


#: days of a year, of ten and of a hundred; seconds of a day; the last port there is
_YEAR, _DECADE, _CENTURY, _DAY, _LAST_PORT = 366, 3_650, 36_500, 86_400, 65_535

SETTINGS = (
    Setting(
        name="data_folder",
        default="",
        about="where the ledger and the vault lie; empty: this system's usual place",
        is_path=True,
    ),
    Setting(name="zone", default="", about="your time zone, such as Europe/Berlin; empty: this machine's"),
    Setting(name="country", default="", about="two letters; its weekend and holidays are no business days; or empty"),
    Setting(name="region", default="", about="part of the country with holidays of its own, such as BY; empty: none"),
    Setting(name="window_days", default=30, most=_DECADE, about="how far back sent mail is followed"),
    Setting(
        name="reminders.after_days", default=3, most=_YEAR, about="business days of silence before the first reminder"
    ),
    Setting(
        name="reminders.again_after_days",
        default=5,
        most=_YEAR,
        about="business days before the second one; 0: never again",
    ),
    Setting(name="reminders.times", default=2, least=1, most=12, about="reminders about one mail in all"),
    Setting(
        name="reminders.condition",
        default="unread",
        about="what raises them: unread, read-no-reply, no-reply, not-delivered or regardless",
    ),
    Setting(name="reminders.quorum", default="any", about="of several readers, whose sign ends the wait: any or all"),
    Setting(name="reminders.bounces", default=True, about="tell at once of mail that was given back"),
    Setting(name="reminders.hours", default="09:00-17:00", about="reminders come within these hours of your zone"),
    Setting(name="reminders.weekends", default=False, about="reminders also come on weekends"),
    Setting(
        name="keep.items_days",
        default=365,
        most=_CENTURY,
        about="days sent mail is kept, with all about it; 0: for good",
    ),
    Setting(
        name="keep.evidence_days",
        default=90,
        most=_CENTURY,
        about="days evidence is kept that is about no known mail; 0: for good",
    ),
    Setting(
        name="keep.hits_days",
        default=180,
        most=_CENTURY,
        about="days hits are kept, and the tokens they come by; 0: for good",
    ),
    Setting(
        name="reminders.show_in",
        default="mail",
        about="where reminders show up beside the terminal and the page: mail, digest, mark, task; or nothing",
    ),
    Setting(
        name="reminders.notify",
        default="",
        about="desktop://, and addresses of Apprise, with spaces: Slack, Teams, Telegram, ntfy, webhooks and more",
        secret=True,
    ),
    Setting(name="run.read_every", default=60, most=_DAY, about="seconds between two readings of a mailbox"),
    Setting(name="run.pull_every", default=60, most=_DAY, about="seconds between two looks for hits at the relay"),
    Setting(name="run.sweep_every", default=30, most=_DAY, about="seconds between two looks for due reminders"),
    Setting(
        name="run.answer_within",
        default=60,
        most=3_600,
        about="seconds a provider has to answer before it is asked again",
    ),
    Setting(
        name="outlook.arm_all_drafts", default=False, about="ask for receipts in all Outlook drafts, not only marked"
    ),
    Setting(
        name="tracking.pixel", default=False, about="put an image into mail you send, where the reader did not opt out"
    ),
    Setting(name="tracking.links", default=False, about="lead the links of mail you send over the relay"),
    Setting(name="tracking.web_view", default=False, about="offer a view in the browser of mail you send"),
    Setting(
        name="tracking.expires_days",
        default=180,
        least=1,
        most=_DECADE,
        about="days after which tracked mail tells nothing any more",
    ),
    Setting(
        name="tracking.disclosure",
        default="",
        about="the sentence in tracked mail that says so; empty: ours, in the mail's language",
    ),
    Setting(name="tracking.opt_out_words", default="", about="what its link to stop that says; empty: ours"),
    Setting(name="tracking.language", default="en", about="of that sentence, where the mail's language cannot be told"),
    Setting(
        name="tracking.needs_consent",
        default=False,
        about="track only readers whose consent is recorded, as the law of many countries wants it",
    ),
    Setting(
        name="relay.url", default="", about="the relay's public address, https://relay.example.com; empty: no relay"
    ),
    Setting(name="relay.inside", default=False, about='run the relay inside "heardback run"'),
    Setting(
        name="relay.ca_bundle",
        default="",
        about="PEM file to trust for the relay; empty: the usual authorities",
        is_path=True,
    ),
    Setting(
        name="relay.folder", default="", about="where the relay keeps hits; empty: in the data folder", is_path=True
    ),
    Setting(
        name="relay.key_file",
        default="",
        about="the key the relay and its owner share; empty: in the relay's folder",
        is_path=True,
    ),
    Setting(
        name="relay.host",
        default="127.0.0.1",
        about="address the relay listens on; a web server with TLS stands before it",
    ),
    Setting(name="relay.port", default=8434, most=_LAST_PORT, about="port the relay listens on; 0: any that is free"),
    Setting(
        name="relay.trusted_proxies",
        default="",
        about="addresses of the web servers before it, which name the real client",
    ),
    Setting(
        name="relay.own_networks", default="", about="your own networks, such as 192.0.2.0/24; their hits never count"
    ),
    Setting(name="relay.machine_networks", default="", about="further networks of scanners; their hits never count"),
    Setting(
        name="relay.disk_mb",
        default=64,
        most=1_000_000,
        about="megabytes for hits, and as many for web views; the oldest hits go first",
    ),
    Setting(
        name="relay.patience_ms",
        default=50,
        most=60_000,
        about="milliseconds an answer waits for a slow disk; after that the hit is saved later",
    ),
    Setting(name="relay.keep_days", default=30, most=_CENTURY, about="days the relay keeps hits; 0 for good"),
    Setting(
        name="relay.hits_per_source",
        default=600,
        most=1_000_000,
        about="hits taken from one source in a minute; further ones do not count",
    ),
    Setting(
        name="web.host", default="127.0.0.1", about="address the page listens on; any other lets other machines in"
    ),
    Setting(
        name="web.address",
        default="",
        about="where you reach the page through a proxy or a tunnel, such as https://heardback.example.org; or empty",
    ),
    Setting(name="web.port", default=0, most=_LAST_PORT, about="port the page listens on; 0: any that is free"),
    Setting(name="web.inside", default=False, about='serve the page inside "heardback run"'),
    Setting(name="vault.keyring", default=True, about="keep the vault's key in the system keyring where there is one"),
    Setting(name="clock", default="", about="address of a sandbox's virtual clock; empty: this machine's clock"),
    Setting(
        name="google.client_file",
        default="",
        about="the OAuth client file downloaded from Google (Desktop app)",
        is_path=True,
    ),
    Setting(name="google.client_id", default="", about="instead of the file: its client id"),
    Setting(name="google.client_secret", default="", about="instead of the file: its client secret", secret=True),
    Setting(
        name="google.testing",
        default=False,
        about='your Google project is still in "Testing": sign-ins end after 7 days',
    ),
    Setting(name="google.api_root", default="https://gmail.googleapis.com", about="where the Gmail API is"),
    Setting(
        name="google.auth_uri",
        default="https://accounts.google.com/o/oauth2/v2/auth",
        about="Google's consent page",
    ),
    Setting(name="google.token_uri", default="https://oauth2.googleapis.com/token", about="Google's token endpoint"),
    Setting(
        name="google.ca_bundle",
        default="",
        about="PEM file to trust for Google; empty: the usual authorities",
        is_path=True,
    ),
    Setting(name="microsoft.client_id", default="", about="the application (client) id registered with Microsoft"),
    Setting(
        name="microsoft.authority",
        default="https://login.microsoftonline.com/common",
        about="Microsoft's sign-in; `common`, `organizations`, `consumers` or a tenant id at its end",
    ),
    Setting(name="microsoft.graph_root", default="https://graph.microsoft.com/v1.0", about="where Microsoft Graph is"),
    Setting(
        name="microsoft.ca_bundle",
        default="",
        about="PEM file to trust for Microsoft; empty: the usual authorities",
        is_path=True,
    ),
)
BY_NAME = {setting.name: setting for setting in SETTINGS}
