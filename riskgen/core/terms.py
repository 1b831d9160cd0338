"""The closed lists of terms that data and results share. Their values are what schools write and `--json` prints."""

from enum import IntEnum, StrEnum


class Outcome(IntEnum):
    """What a visit may do, mildest first, so that the strictest is the greatest."""

    PROCEED = 0
    PROCEED_WITH_CONDITIONS = 1
    REFER = 2
    DO_NOT_VISIT = 3

    @property
    def id(self) -> str:
        return self.name.lower().replace("_", "-")

    @classmethod
    def from_id(cls, text: str) -> "Outcome":
        return cls[text.upper().replace("-", "_")]


class Kind(StrEnum):
    REQUIRED = "required"
    FORBIDDEN = "forbidden"
    ADVISED = "advised"
    PERMITTED = "permitted"
    SCOPE = "scope"
    HOUSEKEEPING = "housekeeping"


class Phase(StrEnum):
    BEFORE = "before"
    DURING = "during"
    AFTER = "after"
    EMERGENCY = "emergency"
    ALWAYS = "always"


class Stage(StrEnum):
    """When the answer to a question can first be known."""

    BACKGROUND = "background"
    PLAN = "plan"
    DOOR = "door"
    INSIDE = "inside"
    AFTER = "after"
    OFFICE = "office"

    @property
    def before_leaving(self) -> bool:
        return self in (Stage.BACKGROUND, Stage.PLAN)


class QuestionType(StrEnum):
    YES_NO = "yes-no"
    CHOICE = "choice"
    CHOICES = "choices"
    NUMBER = "number"
    TEXT = "text"
    DATE = "date"
    TIME = "time"
    TIMES = "times"
    MOMENT = "moment"
    STAFF = "staff"


class Status(StrEnum):
    MET = "met"
    BROKEN = "broken"
    TO_CONFIRM = "to-confirm"
    NOT_APPLICABLE = "not-applicable"


class Do(StrEnum):
    """What a clause asks at this moment, strictest first."""

    LEAVE = "leave"
    CANCEL = "cancel"
    DO_NOT_GO_IN = "do-not-go-in"
    RING = "ring"
    WAIT = "wait"
    LEAVE_CARD = "leave-card"
    ASK = "ask"
    REFRAIN = "refrain"
    GO_IN = "go-in"
    RECORD = "record"
