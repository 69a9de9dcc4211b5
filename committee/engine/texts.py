"""What the codes say, in English and Chinese; reasons with a function by the part before the colon."""

from typing import NamedTuple


class Text(NamedTuple):
    """One sentence in both languages; `{function}` stands for the part after the colon of a reason code."""

    en: str
    zh: str


REASONS: dict[str, Text] = {
    "not_opened": Text("The case has not been opened yet.", "议案尚未开启。"),
    "returned_for_information": Text(
        "Returned to the requester for information; the clock stands still.",
        "已退回申请人补充材料，计时暂停。",
    ),
    "deferred_to_meeting": Text(
        "Deferred; the clock stands still until the agreed date.", "已延期审议，计时暂停至约定日期。"
    ),
    "quorum_pending": Text("The quorum is not met yet.", "尚未达到法定人数。"),
    "majority_pending": Text("The votes cast so far do not pass the case.", "目前的选票不足以通过议案。"),
    "composition_pending": Text(
        "The function {function} is still missing among the ballots.", "选票中尚缺职能 {function}。"
    ),
    "min_open_running": Text("The minimum open time is still running.", "最短开放时间尚未结束。"),
    "team_cap_applied": Text(
        "Some approvals of the requesting team are above its cap and not counted.",
        "申请团队的部分赞成票超出上限，未计入。",
    ),
    "sealed": Text(
        "Ballots are sealed until the case is closed or you have voted.",
        "选票密封：议案结束或您投票之后方可查看。",
    ),
    "majority_reached": Text("The approvals reach the threshold.", "赞成票达到通过门槛。"),
    "majority_not_reached": Text("The approvals do not reach the threshold.", "赞成票未达到通过门槛。"),
    "casting_vote": Text(
        "Equal numbers; the presiding member's own ballot decided.", "票数相等，由主持人本人的选票决定。"
    ),
    "tie_failed": Text("Equal numbers; the case does not pass.", "票数相等，议案未通过。"),
    "closed_early": Text(
        "Closed before the deadline, because no further ballot could change the result.",
        "提前结束：其余选票已不能改变结果。",
    ),
    "closed_at_deadline": Text("Closed at the deadline.", "于截止时刻结束。"),
    "conditions_attached": Text("The approval carries conditions.", "批准附带条件。"),
    "quorum_not_met": Text("The quorum was not met by the deadline.", "截止时未达到法定人数。"),
    "composition_unmet": Text(
        "The required function {function} was missing at the deadline.", "截止时缺少所要求的职能 {function}。"
    ),
    "deadline_denied": Text(
        "The deadline passed without a decision: denied.", "截止时未作出决定：不予批准。"
    ),
    "deadline_escalated": Text(
        "The deadline passed without a decision: the case goes to another committee.",
        "截止时未作出决定：议案移交其他委员会。",
    ),
    "quorum_impossible": Text(
        "Too few members may vote for the quorum ever to be met.", "有投票资格的成员太少，无法达到法定人数。"
    ),
    "composition_impossible": Text(
        "Too few members with the function {function} may vote.", "具有职能 {function} 且可投票的成员太少。"
    ),
    "escalated": Text("The case goes to another committee.", "议案移交其他委员会。"),
    "withdrawn_by_requester": Text("The requester withdrew the case.", "申请人已撤回议案。"),
    "digest_changed": Text(
        "The subject changed after it was put before the committee; a new case is needed.",
        "议案对象在提交后发生变更，需另立议案。",
    ),
    "policy_stale": Text(
        "The rules changed before a decision; a new case is needed.", "作出决定前规则已变更，需另立议案。"
    ),
    "deputy_presides": Text("A deputy presides.", "由副主席主持。"),
    "acting_presides": Text("A member presides in place of chair and deputies.", "由成员代行主持。"),
}

REFUSALS: dict[str, Text] = {
    "case_closed": Text("The case is closed; nothing was changed.", "议案已结束，未作任何更改。"),
    "not_open": Text(
        "The case is not open for ballots now; no ballot was cast.", "议案目前不接受投票，选票未计入。"
    ),
    "wrong_state": Text("The case is in another state; nothing was changed.", "议案当前状态不允许此操作。"),
    "actor_not_allowed": Text("This person may not do this in this case.", "此人无权在本议案中进行此操作。"),
    "rationale_missing": Text("A reason in words is needed.", "需要填写理由。"),
    "seat_not_in_office": Text(
        "The seat is not in office; no ballot was cast.", "该席位不在任期内，选票未计入。"
    ),
    "seat_ineligible": Text(
        "The holder of the seat is barred from this case; no ballot was cast.",
        "该席位的成员须在本议案中回避，选票未计入。",
    ),
    "not_entitled": Text("This person may not vote for this seat.", "此人无权代表该席位投票。"),
    "delegation_chain": Text(
        "A delegation cannot be passed on; no ballot was cast.", "委托不得转委托，选票未计入。"
    ),
    "delegation_not_in_force": Text(
        "The delegation is replaced, out of date or does not cover this case.",
        "委托已被替代、已过期或不适用于本议案。",
    ),
    "proxy_cap": Text(
        "This person already holds as many delegations as the charter allows.",
        "此人受托的数量已达章程规定的上限。",
    ),
    "delegate_not_in_office": Text(
        "The delegate's own seat is not in office.", "受托人本人的席位不在任期内。"
    ),
    "delegate_ineligible": Text("The delegate is barred from this case.", "受托人须在本议案中回避。"),
    "delegate_absent": Text("The delegate is absent today.", "受托人今日缺席。"),
    "recuse_is_personal": Text("Only the person concerned can recuse.", "回避只能由本人提出。"),
    "principal_voted": Text(
        "The member has voted in person; the proxy was not cast.", "该成员已亲自投票，代理选票未计入。"
    ),
    "bad_until": Text("The date must lie after today.", "日期必须晚于今天。"),
    "break_glass_used": Text("Emergency access was already used in this case.", "本议案已使用过紧急授权。"),
    "two_people_required": Text("Two different persons are needed.", "需要两名不同的人员。"),
    "too_long": Text("Longer than the charter allows for an emergency.", "时长超过章程对紧急授权的限制。"),
    "permit_not_live": Text("There is no permit in force.", "没有有效的许可。"),
    "unknown_condition": Text("The decision holds no such condition.", "决议中没有该条件。"),
}

FAULTS: dict[str, Text] = {
    "bad_json": Text("The input is not JSON.", "输入不是有效的 JSON。"),
    "schema": Text("A field is missing, unknown or has the wrong form.", "字段缺失、未知或格式错误。"),
    "bad_time": Text("The date or instant does not exist.", "该日期或时刻不存在。"),
    "unknown_timezone": Text("The time zone is unknown.", "时区未知。"),
    "no_working_day": Text("Every day of the week is a weekend.", "一周七天均为休息日。"),
    "calendar_overlap": Text(
        "A date is both a holiday and a working day.", "同一日期既是节假日又是调休工作日。"
    ),
    "bad_fraction": Text("The fraction is not allowed here.", "此处不允许该分数。"),
    "duplicate_id": Text("The id is given twice.", "编号重复。"),
    "duplicate_member": Text("A person holds two seats.", "同一人担任了两个席位。"),
    "bad_period": Text("The period ends before it begins.", "期间的结束早于开始。"),
    "alternate_not_unique": Text(
        "The alternate holds a seat or is alternate of another.", "候补人已担任席位或为其他席位的候补。"
    ),
    "no_chair": Text("No seat has the role of chair.", "没有主席席位。"),
    "unknown_seat": Text("No such seat exists.", "席位不存在。"),
    "self_delegation": Text("A seat delegates to itself.", "席位委托给了自身。"),
    "events_out_of_order": Text("An event is earlier than the one before it.", "事件的时间早于前一事件。"),
    "event_after_now": Text("An event is later than now.", "事件的时间晚于当前时刻。"),
}

OUTCOMES: dict[str, Text] = {
    "returned": Text("Returned for information", "退回补充"),
    "deferred": Text("Deferred", "延期审议"),
    "approved": Text("Approved", "批准"),
    "approved_with_conditions": Text("Approved with conditions", "附条件批准"),
    "rejected": Text("Rejected", "否决"),
    "withdrawn": Text("Withdrawn", "撤回"),
    "expired": Text("Expired without a decision", "逾期未决"),
    "inquorate": Text("Closed for lack of a possible quorum", "无法达到法定人数"),
    "superseded": Text("Superseded", "已被取代"),
}

BARS: dict[str, Text] = {
    "requester": Text("Asked for this case.", "为本议案的申请人。"),
    "contributor": Text("Worked on the subject.", "参与过议案对象的编辑。"),
    "beneficiary": Text("Gains from the subject.", "为议案对象的受益人。"),
    "conflict": Text("Has a conflict of interest.", "存在利益冲突。"),
    "recused": Text("Stepped out of this case.", "已主动回避。"),
    "term_not_started": Text("The term has not begun.", "任期尚未开始。"),
    "term_ended": Text("The seat is no longer in office.", "席位已不在任。"),
    "term_ended_ballot_kept": Text(
        "The seat is no longer in office; its ballot stays.", "席位已不在任，已投选票保留。"
    ),
}


def reason_text(code: str) -> Text:
    """The sentence of a reason code, with its function put in. Raises KeyError for an unknown code."""
    name, _, function = code.partition(":")
    text = REASONS[name]
    return Text(text.en.format(function=function), text.zh.format(function=function))
