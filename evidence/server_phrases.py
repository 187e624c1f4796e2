"""What mail servers say, by language: that they gave up, that they still try, that a message comes back below."""

import re

from evidence.phrases import any_of

#: a mail server says that it gave up
FAILED = any_of(
    r"undeliver(?:able|ed)",
    r"non[- ]?deliver(?:y|able)",
    r"not (?:be )?(?:been )?deliver(?:ed|able)",
    r"unable to deliver",
    r"wasn't able to deliver",
    r"(?:was|were) not able to deliver",
    r"could ?n[o']t (?:be )?deliver",
    r"cannot (?:be )?deliver",
    r"can't (?:be )?deliver",
    r"deliver(?:y|ing) (?:of .{1,60} )?(?:has )?fail(?:ed|ure)",
    r"fail(?:ed|ure)[^\n]{0,20} deliver",
    r"failed permanently",
    r"delivery (?:status notification|report|problem|error)",
    r"error delivering",
    r"failure (?:notice|reasons)",
    r"returned (?:mail|message|to sender)",
    r"mail (?:returned|system error|error|failure)",
    r"permanent (?:fatal )?(?:delivery )?error",
    r"did ?n[o']t reach",
    r"could not be reached",
    r"not reach(?:ed)? (?:some|all|the following)",
    r"rejected and discarded",
    r"was rejected",
    r"(?:had|with|fatal|delivery) (?:delivery )?(?:problems|errors)",
    r"following address(?:\(es\)|es)? failed",
    r"bounce notification",
    r"(?:no such|unknown|invalid|not a valid) (?:user|address|recipient|final delivery|local|account|mailbox)",
    r"user unknown",
    r"not listed in (?:public name|domino)",
    r"invalid (?:user|final) ",
    r"mailbox (?:is )?(?:full|exceed|unavailable|disabled|not found)",
    r"over (?:disk )?quota",
    r"exceeds? allowed size",
    r"no longer accepts mail",
    r"may not exist, or you may not have permission",
    r"transcript of session",
    r"message not delivered",
    r"address (?:not found|rejected)",
    r"host unknown",
    # German, French, Spanish, Italian, Portuguese, Dutch, Nordic
    r"unzustellbar",
    r"nicht zugestellt",
    r"zustell\w* (?:fehlgeschlagen|nicht möglich|fehler)",
    r"zustellung(?:s)?\w*fehl\w*",
    r"unzustellbarkeit",
    r"non (?:remis|distribué|délivré|livré)\w*",
    r"échec de la (?:remise|distribution)",
    r"n'a pas pu être (?:remis|distribué|délivré|livré)\w*",
    r"no (?:se )?(?:ha )?(?:podido )?entreg(?:ado|able|arse|ar)",
    r"imposible entregar",
    r"devuelto al remitente",
    r"error de entrega",
    r"mancat[oa] (?:consegna|recapito)",
    r"non (?:è stato )?(?:possibile )?(?:recapitare|consegnar\w+|recapitat\w+|consegnat\w+)",
    r"não (?:foi )?(?:pôde ser )?entreg(?:ue|ar)",
    r"falha na entrega",
    r"niet (?:worden )?(?:bezorgd|afgeleverd|bestelbaar)",
    r"onbestelbaar",
    r"kunde inte levereras",
    r"kunne ikke leveres",
    r"kan ikke leveres",
    r"ei voitu toimittaa",
    r"olevererbart",
    # Slavic, Hungarian, Turkish, Greek
    r"nie (?:można )?dostarczon[oay]",
    r"niedostarczon\w+",
    r"nedoručiteln\w+",
    r"nepodařilo se doručit",
    r"kézbesíthetetlen",
    r"teslim edilemedi",
    r"не (?:удалось )?(?:доставлен\w*|доставить)",
    r"недоставлен\w+",
    r"не може бути доставлен\w*",
    r"δεν (?:ήταν δυνατή|παραδόθηκε)",
    # Japanese, Chinese, Korean, Arabic, Hebrew
    r"配信(?:でき|不能|エラー|に失敗)",
    r"送信でき",
    r"配送(?:でき|不能)",
    r"お届けできません",
    r"届けられ",
    r"宛先",
    r"メール ?エラー",
    r"エラー ?メール",
    r"无法(?:投递|送达|传递)",
    r"退信",
    r"無法(?:投遞|傳遞|送達)",
    r"投递失败",
    r"배달(?:할 수 없|되지|실패)",
    r"반송",
    r"تعذر (?:تسليم|إرسال)",
    r"לא נמסר",
)

#: a mail server says that it still tries
DELAYED = any_of(
    r"\bdelayed?\b",
    r"has not yet been delivered",
    r"not yet (?:been )?delivered",
    r"(?:will|to) (?:be |keep )?(?:re)?tr(?:y|ied|ying)\b",
    r"still being retried",
    r"warning (?:message )?only",
    r"delivery attempts will continue",
    r"will continue to (?:try|be attempted)",
    r"verzögert",
    r"verspätet",
    r"retardé\w*",
    r"demorad\w+",
    r"retrasad\w+",
    r"in ritardo",
    r"vertraagd",
    r"atrasad\w+",
    r"opóźni\w+",
    r"задержан\w*",
    r"отложен\w*",
    r"遅延",
    r"延迟",
    r"延遲",
)

#: a mail server says that it gave up after all; goes before `DELAYED`
GAVE_UP = any_of(
    r"given up",
    r"permanent",
    r"not going to try again",
    r"giving up",
    r"has been removed from the",
    r"\bfatal\b(?!.{0,30}warning)",
    r"cannot send message for",
    r"message could not be delivered for \d+ days",
)

#: a mail server returns the message as text; the line above it
BELOW = re.compile(
    r"^[ \t>*]*+(?:"
    r"-{2,}+[^\n]*?\b(?:"
    r"copy of (?:the|your) message|original message|below this line|returned message|message headers?|unsent message"
    r"|undelivered message|header of the|body of message|original header|original mail)[^\n]*"
    r"|original (?:message|mail)(?::[ \t]*$| (?:as )?follows)|message headers? follow"
    r"|your (?:original )?message (?:follows|header)"
    r"|included is a copy of the message header|old message:|received: ?(?:from|by|\()"
    r")",
    re.IGNORECASE | re.MULTILINE,
)
