"""Hailan Select, the invented company of the demo: departments, teams, people, committee, charter, policies.

Plain data; whoever loads it calls the same actions as anyone. People, names and numbers are invented.
Charter, policies, seats and calendar satisfy `committee-case.schema.json`; members of seats are user names,
teams are team codes.
"""

from dataclasses import dataclass
from typing import Any

from committee import calendars

COMPANY = ("Hailan Select", "海蓝优选")


@dataclass(frozen=True)
class DepartmentSpec:
    """One node of the organisation tree; `parent` is a code or empty at the top."""

    code: str
    name: str
    name_zh: str
    parent: str = ""


@dataclass(frozen=True)
class PersonSpec:
    """One person. `duty` says in words what they do, for the page that introduces the demo."""

    username: str
    name: str
    name_zh: str
    department: str
    language: str
    duty: str
    duty_zh: str


@dataclass(frozen=True)
class TeamSpec:
    """A cross-department group with one function of governance, engineering, product, operations."""

    code: str
    name: str
    name_zh: str
    function: str
    members: tuple[str, ...]


@dataclass(frozen=True)
class PolicySpec:
    """A policy with its title; `document` is the policy of `committee-case.schema.json`."""

    title: str
    title_zh: str
    document: dict[str, Any]

    @property
    def code(self) -> str:
        return str(self.document["id"])


DEPARTMENTS = (
    DepartmentSpec("company", "Hailan Select", "海蓝优选"),
    DepartmentSpec("cdo-office", "Office of the chief data officer", "首席数据官办公室", "company"),
    DepartmentSpec("platform", "Data platform", "数据平台部", "company"),
    DepartmentSpec("search", "Search and recommendation", "搜索推荐部", "company"),
    DepartmentSpec("retail", "Retail operations", "零售运营部", "company"),
    DepartmentSpec("service", "Customer service", "客户服务部", "company"),
    DepartmentSpec("risk", "Legal and security", "法务与安全部", "company"),
)

PEOPLE = (
    PersonSpec("chen.rui", "Chen Rui", "陈睿", "cdo-office", "zh",
               "Chief data officer; answers to the board for data and models",
               "首席数据官；就数据与模型向董事会负责"),
    PersonSpec("zhou.min", "Zhou Min", "周敏", "cdo-office", "zh",
               "Head of data governance; chairs the committee", "数据治理负责人；委员会主席"),
    PersonSpec("wang.jie", "Wang Jie", "王洁", "platform", "zh",
               "Head of the data platform; deputy chair", "数据平台负责人；副主席"),
    PersonSpec("daniel.brooks", "Daniel Brooks", "丹尼尔·布鲁克斯", "risk", "en",
               "Information security; security seat", "信息安全；安全席位"),
    PersonSpec("sun.yi", "Sun Yi", "孙毅", "risk", "zh", "Legal counsel; legal seat", "法务顾问；法务席位"),
    PersonSpec("tan.shuo", "Tan Shuo", "谭朔", "retail", "zh",
               "Owner of retail data; data-owner seat", "零售数据责任人；数据责任人席位"),
    PersonSpec("zhao.qing", "Zhao Qing", "赵晴", "service", "zh",
               "Owner of service messages; data-owner seat", "客服数据责任人；数据责任人席位"),
    PersonSpec("gao.lin", "Gao Lin", "高琳", "search", "zh",
               "Product lead of search; owner of relevance data", "搜索产品负责人；相关性数据责任人"),
    PersonSpec("tang.wei", "Tang Wei", "唐薇", "retail", "zh",
               "Operations lead; member of the committee", "运营负责人；委员"),
    PersonSpec("xu.ting", "Xu Ting", "徐婷", "retail", "zh",
               "Steward of catalogue and transactions", "商品目录与交易数据管家"),
    PersonSpec("he.jun", "He Jun", "何俊", "service", "zh",
               "Steward of service messages", "客服留言数据管家"),
    PersonSpec("emma.clarke", "Emma Clarke", "艾玛·克拉克", "search", "en",
               "Steward of relevance labels", "相关性标签数据管家"),
    PersonSpec("liu.yang", "Liu Yang", "刘洋", "search", "zh",
               "Machine-learning engineer; trains the search models", "机器学习工程师；训练搜索模型"),
    PersonSpec("noah.fischer", "Noah Fischer", "诺亚·费舍尔", "platform", "en",
               "Machine-learning engineer; trains the service models", "机器学习工程师；训练客服模型"),
    PersonSpec("wu.fan", "Wu Fan", "吴凡", "cdo-office", "zh",
               "Secretary of the committee; keeps the files, has no vote", "委员会秘书；管理卷宗，无表决权"),
)  # fmt: skip

TEAMS = (
    TeamSpec("data-governance", "Data governance", "数据治理组", "governance",
             ("chen.rui", "zhou.min", "sun.yi", "daniel.brooks", "wu.fan")),
    TeamSpec("model-engineering", "Model engineering", "模型工程组", "engineering",
             ("wang.jie", "liu.yang", "noah.fischer")),
    TeamSpec("search-relevance", "Search relevance", "搜索相关性组", "product",
             ("gao.lin", "emma.clarke")),
    TeamSpec("retail-data", "Retail data", "零售数据组", "operations", ("tan.shuo", "xu.ting", "tang.wei")),
    TeamSpec("service-intelligence", "Service intelligence", "客服智能组", "operations",
             ("zhao.qing", "he.jun")),
    TeamSpec("shop-data", "Shop data", "商店数据组", "product", ("gao.lin", "xu.ting", "he.jun")),
)  # fmt: skip

COMMITTEE: dict[str, Any] = {"id": "data-model-board", "secretary": "wu.fan", "next_resolution": 1}
COMMITTEE_NAME = ("Data and model board", "数据与模型委员会")

_TERM = {"from": "2026-01-05", "to": "2027-12-31"}


def _seat(number: int, member: str, role: str, team: str, *functions: str) -> dict[str, Any]:
    seat: dict[str, Any] = {"id": f"seat-{number}", "member": member, "role": role, "team": team}
    return seat | {"functions": list(functions), "term": dict(_TERM)}


# Five teams at the table, so that the team cap of the training policy never empties it.
SEATS: tuple[dict[str, Any], ...] = (
    _seat(1, "zhou.min", "chair", "data-governance"),
    _seat(2, "wang.jie", "deputy", "model-engineering"),
    _seat(3, "daniel.brooks", "member", "data-governance", "security"),
    _seat(4, "sun.yi", "member", "data-governance", "legal"),
    _seat(5, "tan.shuo", "member", "retail-data", "data-owner"),
    _seat(6, "zhao.qing", "member", "service-intelligence", "data-owner"),
    _seat(7, "gao.lin", "member", "search-relevance", "data-owner"),
    _seat(8, "tang.wei", "member", "retail-data"),
)

# The floor of three seats stands here, the share in the policy "quorum-half", which always holds: both count
# (committee-rules §3, §4). No minimum open time at levels 1 and 2: a result that is certain closes the case.
CHARTER: dict[str, Any] = {
    "version": "charter-2026-1",
    "quorum": {"basis": "count", "value": 3, "abstentions": True, "proxies": False},
    "composition": [],
    "majority": {"basis": "cast", "threshold": "1/2", "strict": True},
    "tie": "chair",
    "early_close": "certain",
    "min_open_hours": 0,
    "deadline_days": 5,
    "on_deadline": "deny",
    "on_inquorate": "close",
    "escalate_to": None,
    "sealed": False,
    "validity_days": 180,
    "proxy_cap": 1,
    "break_glass_max_hours": 8,
}

POLICIES = (
    PolicySpec(
        "At least half of the eligible seats",
        "至少半数有资格的席位到会",
        {
            "id": "quorum-half",
            "match": {},
            "set": {"quorum": {"basis": "share", "value": "1/2", "abstentions": True, "proxies": False}},
        },
    ),
    PolicySpec(
        "Training: a data owner agrees, security has looked, one team cannot carry it alone",
        "训练许可：数据责任人赞成、安全席位到会、单一团队不能独自决定",
        {
            "id": "train",
            "match": {"actions": ["train"]},
            "set": {
                "composition": [
                    {"kind": "function", "function": "data-owner", "of": "approvals", "min": 1},
                    {"kind": "function", "function": "security", "of": "present", "min": 1},
                    {"kind": "team_cap", "max": 1},
                ],
                "validity_days": 90,
            },
        },
    ),
    PolicySpec(
        "Sensitive and above: two thirds, security and legal agree, a day to think, sealed ballots",
        "敏感及以上：三分之二多数，安全与法务均赞成，至少考虑一天，密封投票",
        {
            "id": "sensitive-data",
            "match": {"min_level": 3},
            "set": {
                "majority": {"basis": "eligible", "threshold": "2/3", "strict": False},
                "composition": [
                    {"kind": "function", "function": "security", "of": "approvals", "min": 1},
                    {"kind": "function", "function": "legal", "of": "approvals", "min": 1},
                ],
                "tie": "fails",
                "min_open_hours": 24,
                "sealed": True,
                "validity_days": 60,
                "proxy_cap": 0,
                "break_glass_max_hours": 4,
            },
        },
    ),
    PolicySpec(
        "Restricted and above: four fifths of the eligible seats, never closed early",
        "受限及以上：有资格席位的五分之四，不得提前结束",
        {
            "id": "restricted-data",
            "match": {"min_level": 4},
            "set": {
                "majority": {"basis": "eligible", "threshold": "4/5", "strict": False},
                "early_close": "never",
                "min_open_hours": 48,
                "validity_days": 30,
            },
        },
    ),
    PolicySpec(
        "Adopting a standard: a data owner agrees",
        "通过标准：数据责任人赞成",
        {
            "id": "adopt",
            "match": {"actions": ["adopt"]},
            "set": {
                "composition": [{"kind": "function", "function": "data-owner", "of": "approvals", "min": 1}],
                "validity_days": 365,
            },
        },
    ),
    PolicySpec(
        "Promotion of a model: security and legal have looked",
        "模型上线：安全与法务席位到会",
        {
            "id": "promote",
            "match": {"actions": ["promote"]},
            "set": {
                "composition": [
                    {"kind": "function", "function": "security", "of": "present", "min": 1},
                    {"kind": "function", "function": "legal", "of": "present", "min": 1},
                ],
                "validity_days": 90,
            },
        },
    ),
)

# From which level on an action needs a permit; training needs one always.
ACCESS_RULES = {"read": 3, "export": 2, "train": 1}

# What the demo asks for when it asks to train: runs and CPU seconds are the budget of one permit.
TRAINING_TERMS: dict[str, Any] = {
    "runs": 6,
    "cpu_seconds": 7_200,
    "job_kinds": ["fine_tune"],
    "columns": ["*"],
    "gate": "open",
}


CALENDAR: dict[str, Any] = {"country": "CN", "timezone": "Asia/Shanghai", "weekend": [6, 7]}
CALENDAR_YEARS = (2026, 2027)


def calendar() -> dict[str, Any]:
    """The committee's calendar for 2026 and 2027, as `committee-case.schema.json` wants it."""
    days = calendars.library_days(CALENDAR["country"], "", CALENDAR_YEARS)
    lists = {"holidays": sorted(days.holidays), "workdays": sorted(days.workdays)}
    return {"timezone": CALENDAR["timezone"], "weekend": CALENDAR["weekend"], **lists}
