"""The words of `--help`: what each command is for, and examples."""

ABOUT = """\
Know which of the mail you sent was read, with the evidence, and be reminded
of what was not.

"heardback demo" shows all of it on a made-up Gmail and Outlook; it needs no
account and takes less than a minute. "heardback setup" connects your own.
"""

#: what one comes for, and the commands for that, the most wanted first; each command stands in one group
GROUPS = {
    "start here": ("setup", "unread", "run", "reminders", "demo"),
    "read": ("sent", "show", "web", "contacts", "stats", "overrule"),
    "remind": ("remind", "snooze", "done", "why", "draft", "calendar"),
    "send and track": ("send", "consent", "optout", "relay"),
    "own and look after": (
        "connect", "accounts", "disconnect", "status", "doctor", "service", "config", "backup", "restore", "export",
        "import", "forget", "prune",
    ),
    "for experts": ("inspect", "replay", "manual", "completion"),
}  # fmt: skip

#: command: what it does in a line, and what else to know
GUIDE = {
    "setup": (
        "lead from nothing to a connected mailbox, by questions",
        """\
It says how to register the client that Google or Microsoft want, takes it
from you, writes the settings file (shown before it is written), opens the
sign-in and reads for the first time.
""",
    ),
    "connect": (
        "connect a Gmail or Outlook mailbox, or connect it again",
        """\
Your browser opens on the page where Google or Microsoft asks what Heardback
may do; a sign-in is kept encrypted on this machine. Reading is always asked
for. "--allow send" is needed to ask for read receipts and to get reminders
by mail. Both providers want you to register a client once: see the README.
Connecting again keeps all that is known.

examples:
  heardback connect gmail --client-file client_secret.json
  heardback connect outlook --allow send --allow arm
  heardback connect outlook --device-code     sign in on another device
""",
    ),
    "stats": (
        "tell how much is read and answered, how soon, how surely",
        """\
Rates of reading are over trackable mail only: where nothing would have told,
silence says nothing. In brackets stands the 95 % interval. A mail to many
counts once: it is one case, and not as many as it has recipients. Times count
those who have not answered yet; where fewer than five mails tell, it says so.
The best hour is told for one address, where its answers carry that; all of
it is explained in docs/numbers.md.

examples:
  heardback stats --newer-than 26w
  heardback stats --by domain
  heardback stats --to rita@reader.example    and when to write there
  heardback stats --plot waits.svg --export mail.csv
""",
    ),
    "service": (
        "let the worker start with your session",
        """\
A systemd user unit on Linux, a launch agent on macOS, a task on Windows; it
runs "heardback run" with the settings file in use here and with what --set
says; variables of this shell it does not see. The file is shown before it is
written.

examples:
  heardback service install --dry-run
  heardback service install
  heardback service install --set web.inside=true    with the page in it
  heardback service remove
""",
    ),
    "calendar": (
        "write the reminders that are open into a calendar file",
        """\
Each is an event and a task at its due time. Reading it again moves what was
snoozed and doubles nothing. With --address, it tells where a calendar program
can subscribe: at the page (heardback web), while that runs, under a secret
path that stays the same. The setting web.port gives the page a port that
stays the same as well.

example:
  heardback calendar reminders.ics
  heardback calendar --address --set web.port=8438
""",
    ),
    "draft": (
        "leave a follow-up among your drafts, for you to send",
        """\
It goes into the thread of the mail, to those who have not answered, in the
language of the mail. If an answer comes before you touch it, it is taken
back. Nothing is sent by itself.

examples:
  heardback draft 3f2a1b0c
  heardback draft 3f2a1b0c --text follow-up.txt
""",
    ),
    "manual": ("every command and setting, to read at length", ""),
    "accounts": ("list the mailboxes, what they can do, and their sign-ins", ""),
    "disconnect": (
        "disconnect a mailbox, and erase its history if you like",
        """\
On a terminal you are asked whether to erase; elsewhere the history is kept
unless --erase is given.

example:
  heardback disconnect me@example.com --keep
""",
    ),
    "run": (
        "keep reading the mailboxes and remind you, until Ctrl-C",
        """\
Reminders are told here, and sent to yourself by mail where the account may
send. With --once the exit code is 1 if a mailbox could not be read.

examples:
  heardback run
  heardback run --once      for cron and the like
""",
    ),
    "unread": (
        "list what you sent and nobody read, as far as can be told",
        """\
UNREAD      a receipt was asked for and nothing came: had it been read,
            something would probably have told
UNKNOWABLE  nothing came, and nothing would have told: it may have been read
The list is as fresh as the last "heardback run"; it opens no connection.

examples:
  heardback unread --older-than 3d
  heardback unread --to @example.com --json
  heardback unread --exit-code > /dev/null || echo "something is unread"
""",
    ),
    "sent": (
        "list what you sent, read or not",
        "example:\n  heardback sent --newer-than 1w --subject invoice\n",
    ),
    "show": (
        "show one sent mail: who read it, and the evidence for that",
        """\
The grade of a piece of evidence is how far it can prove reading:
  proof   a person answered
  strong  the reader's program reported that the mail was displayed
  none    says nothing of reading: a bounce, an automatic answer, a machine
The rule names the form it was recognised by; "matched" says how it is known
which mail of yours it speaks about; "does not count" says what is wrong with
it.

example:
  heardback show xkk32ahk     the id stands in "unread" and "sent"
""",
    ),
    "overrule": (
        "set evidence aside that you made, or that is not about it",
        """\
Nothing is erased: your decision is kept beside the evidence, shown with it,
and can be taken back. Reminders are planned anew.

examples:
  heardback overrule xkk32ahk 3f9a01bc --because "this was me"
  heardback overrule xkk32ahk 3f9a01bc --because "not about this"
  heardback overrule xkk32ahk 3f9a01bc --undo
""",
    ),
    "contacts": (
        "list whom you write to: who returns receipts, who answers",
        "example:\n  heardback contacts --to @example.com\n",
    ),
    "reminders": (
        "list the reminders that came due or are coming",
        """\
They come 3 business days after sending without a sign of reading, and once
more after 5; "heardback config" shows the settings.

example:
  heardback reminders --all
""",
    ),
    "snooze": (
        "let a reminder come later",
        """\
A length of time holds as it is, also outside your hours; a day without an
hour begins with them.

examples:
  heardback snooze xkk32ahk-1 2d
  heardback snooze xkk32ahk mon9
""",
    ),
    "done": ("take a reminder off the list for good", "example:\n  heardback done xkk32ahk-1\n"),
    "remind": (
        "choose when and for what to be reminded of one mail, or not at all",
        """\
It goes before the rules of the settings and before what the mail carries
itself: a copy to me+3d@example.com, a label heardback/3d (docs/verbs.md).
What you do not name stays: as you asked before, or else as the rules have it.
Reminders that came stay come, and go on as you ask now; another time or
condition begins anew.

examples:
  heardback remind xkk32ahk --after "next Tuesday 9:00" --if no-reply
  heardback remind xkk32ahk --after 36h
  heardback remind xkk32ahk --again "3 business days" --times 4 --grow 2
  heardback remind xkk32ahk --quorum ann@example.org,ben@example.org
  heardback remind xkk32ahk --as-usual
  heardback remind xkk32ahk --off
""",
    ),
    "why": (
        "tell why reminders of one mail came, moved, were held, or did not come",
        "example:\n  heardback why xkk32ahk\n",
    ),
    "replay": (
        "try other settings on the past: what would have come",
        """\
The file is a settings file; only what it says about reminders, time zone and
country counts. What came back counts from the moment it was known. Nothing
is written, and nothing is asked of the mailboxes.

example:
  heardback replay --policy strict.toml --since 30d
""",
    ),
    "send": (
        "send mail and ask for a read receipt",
        """\
Takes the flags of sendmail, so that mail programs can be pointed at it.
Without -t and without RECIPIENT the recipients are those of the headers.
--account takes gmail, outlook or an address of yours.

The shortest mail, to copy as it stands:

heardback send -t --account gmail <<'END'
To: ann@example.org
Subject: Lunch on Thursday?

Does Thursday suit you?
END

examples:
  heardback send --file letter.eml     such lines in a file, or a mail saved as one
  heardback send -t < letter.eml
  heardback send -i -f me@example.com you@example.com < letter.eml
  heardback send --draft "Offer for June"     a draft of yours, by its subject
  heardback send --pixel --links --individually --file offer.eml

Tracked mail (--pixel, --links, --web-view; docs/tracking.md) says in a line that
it is tracked, and how to stop that. Sent to several people at once, one image
serves them all: a hit then says that someone read it, never who. With
--individually each gets a message of their own, and a hit can name its reader.
""",
    ),
    "consent": (
        "record who agreed to be tracked: add, remove, list, import",
        """\
Kept for each address: when, how (--how), and which wording they were shown
(--wording). Nothing is ever edited; the latest choice holds. "remove" is for
consent withdrawn, and stops the tracking of mail already sent as well. A CSV
file has a column "address", and may have "when", "how" and "wording"; with a
line that cannot be read, nothing of it is taken.

examples:
  heardback consent add ann@example.org --how "ticked the box of our form" --wording 2026-05
  heardback consent import agreed.csv --how "newsletter form"
  heardback consent list
  heardback consent list ann@example.org     all she ever chose, as proof
""",
    ),
    "optout": (
        "record who wants no tracking: add, remove, list, import",
        """\
At once, and for mail already sent too: the relay takes no more hits of it.
Readers who press the button in a mail are on the list by themselves.

examples:
  heardback optout add ann@example.org --how "said so on the phone"
  heardback optout import no-tracking.csv
  heardback optout remove ann@example.org
""",
    ),
    "forget": (
        "erase one person, here and at the relay, and prove it",
        """\
What was sent to them alone goes whole, with reminders and evidence; out of mail
to several, their name goes. It does not come back when the mailbox is read again:
a keyed hash of the address is kept for that, and they are not tracked until they
consent anew. The mailbox itself, backups and exports are yours to clear.

examples:
  heardback forget ann@example.org
  heardback forget ann@example.org --yes --json
  heardback forget --list
""",
    ),
    "prune": (
        "erase what is older than you wish to keep",
        """\
The settings keep.* say how long; the worker does it daily. Mail whose
reminder is still open waits for it.

example:
  heardback prune --dry-run
""",
    ),
    "inspect": (
        "say what messages in files are evidence of",
        """\
It needs no account.

examples:
  heardback inspect receipt.eml
  heardback inspect *.eml --json     one line a file
""",
    ),
    "status": ("say when each mailbox was last read, and what is wrong", ""),
    "doctor": (
        "look for trouble, and say what to do about it",
        """\
It checks the files, the keyring, the network, the clock and each sign-in.
That takes some seconds; it asks Google and Microsoft whether they answer.
""",
    ),
    "web": (
        "show all of this on a page in your browser, until Ctrl-C",
        """\
What needs you now, what is unread and what is unknowable, the story of each
mail, and your mailboxes; with snooze, done and overrule. The page is for this
machine only and opens by a link with a key in it, new at each start. The
setting web.inside serves it inside "heardback run"; where a page runs already,
this opens that one and ends.

examples:
  heardback web
  heardback web --no-browser --set web.port=8435
""",
    ),
    "relay": (
        "serve what tracked mail leads to, and note what comes",
        """\
It listens on this machine only: a web server with TLS stands in front of it
(docs/relay.md). Ctrl-C stops it.

example:
  heardback relay --set relay.port=8434
""",
    ),
    "backup": (
        "copy the ledger to a file, also while the worker runs",
        "Sign-ins are not in it. A file of that name is replaced, unless the ledger is damaged.\n\n"
        "example:\n  heardback backup ledger.backup\n",
    ),
    "restore": (
        "put a backup in the place of the ledger",
        "The ledger that was there is kept beside it. Stop the worker first.\n\n"
        "example:\n  heardback restore ledger.backup\n",
    ),
    "export": (
        "write everything but the sign-ins to a plain JSON file",
        "A file of that name is kept, unless --force is given. Stock TinyDB opens it. With --person, only what\n"
        "names one person and may be given to them; to the screen, if no file is named.\n\n"
        "examples:\n  heardback export backup.json\n  heardback export --person ann@example.org ann.json\n",
    ),
    "import": ("read an export back into an empty ledger", "example:\n  heardback import backup.json\n"),
    "config": (
        "show every setting, its value and where it came from",
        "A flag goes before the environment, and that before the settings file.\n",
    ),
    "demo": (
        "show all of it on a made-up Gmail and Outlook",
        """\
It needs no account, sends nothing anywhere, and takes less than a minute.

examples:
  heardback demo
  heardback demo --full     all that the commands print, not only the beginnings
  heardback demo --stay     and then try the other commands yourself
""",
    ),
    "completion": (
        "print completion code for your shell",
        """\
It completes commands, options, what they take, and names of files. What stands
below goes into the shell's start file; in zsh after compinit.

examples:
  eval "$(heardback completion bash)"                 zsh likewise
  heardback completion fish | source
  heardback completion powershell | Out-String | Invoke-Expression
""",
    ),
}
