"""Which rules hold (committee-rules §4)."""

from fractions import Fraction
from typing import Any

Thing = dict[str, Any]


def matching(case: Thing) -> list[Thing]:
    asked, found = case["case"], []
    changed, total = asked["change"]["rows_changed"], asked["change"]["rows_total"]
    share = Fraction(changed, total) if total else Fraction(bool(changed))
    for policy in case["policies"]:
        match = policy["match"]
        if (
            asked["action"] in match.get("actions", [asked["action"]])
            and match.get("min_level", 1) <= asked["level"]
            and asked["purpose"] in match.get("purposes", [asked["purpose"]])
            and match.get("min_downstream_models", 0) <= asked["downstream_models"]
            and Fraction(match.get("min_rows_share", "0/1")) <= share
        ):
            found.append(policy)
    return found


def effective(case: Thing) -> Thing:
    sets = [case["charter"], *(policy["set"] for policy in matching(case))]

    def all_of(name: str) -> list[Any]:
        return [one[name] for one in sets if name in one]

    def lowest(text: str) -> str:
        value = Fraction(text)
        return f"{value.numerator}/{value.denominator}"

    quorums = []
    for rule in all_of("quorum"):
        value = lowest(rule["value"]) if rule["basis"] == "share" else rule["value"]
        if {"basis": rule["basis"], "value": value} not in quorums:
            quorums.append({"basis": rule["basis"], "value": value})
    listed = [rule for rules in all_of("composition") for rule in rules]
    kinds = sorted({(r["function"], r["of"]) for r in listed if r["kind"] == "function"})
    composition: list[Thing] = [
        {
            "kind": "function",
            "function": name,
            "of": of,
            "min": max(r["min"] for r in listed if r.get("function") == name and r.get("of") == of),
        }
        for name, of in kinds
    ]
    caps = [rule["max"] for rule in listed if rule["kind"] == "team_cap"]
    composition += [{"kind": "team_cap", "max": min(caps)}] if caps else []
    majorities = all_of("majority")
    highest = max(Fraction(m["threshold"]) for m in majorities)
    targets = [p for p in matching(case) if p["set"].get("escalate_to")]
    targets.sort(key=lambda policy: policy["id"])
    return {
        "quorum": sorted(quorums, key=lambda rule: (rule["basis"], str(rule["value"]))),
        "abstentions_count": all(rule["abstentions"] for rule in all_of("quorum")),
        "proxies_count": all(rule["proxies"] for rule in all_of("quorum")),
        "composition": composition,
        "majority": {
            "basis": max((m["basis"] for m in majorities), key=["cast", "eligible", "all"].index),
            "threshold": lowest(str(highest)) if highest != 1 else "1/1",
            "strict": any(m["strict"] for m in majorities if Fraction(m["threshold"]) == highest),
        },
        "tie": "fails" if "fails" in all_of("tie") else "chair",
        "early_close": "never" if "never" in all_of("early_close") else "certain",
        "min_open_hours": max(all_of("min_open_hours")),
        "deadline_days": min(all_of("deadline_days")),
        "on_deadline": "deny" if "deny" in all_of("on_deadline") else "escalate",
        "on_inquorate": "close" if "close" in all_of("on_inquorate") else "escalate",
        "escalate_to": targets[0]["set"]["escalate_to"] if targets else case["charter"]["escalate_to"],
        "sealed": any(all_of("sealed")),
        "validity_days": min(all_of("validity_days")),
        "proxy_cap": min(all_of("proxy_cap")),
        "break_glass_max_hours": min(all_of("break_glass_max_hours")),
    }
