"""The data engines' ground floor: reading, casts, predicates, PII, and standards → Pandera → outcomes.

    from governance.validation import standard, engine

    document = standard.load(data)                       # bytes kept; .set(pointer, value), .remove(pointer)
    compiled = standard.compile(document, object_name, data_stem)
    compiled.rules, .columns, .not_executed, .warnings, .pandera_schema()
    request = engine.ValidationRequest(data=path, standard=document, now=instant)
    report = engine.validate(request, progress, cancelled)
    report.to_json()                                     # fits schemas/validation-report.schema.json
    engine.failing_frame(compiled, table, rule_id, resources)

No Django, no settings, no clock, no network. Bad input raises `errors.EngineError` (code, message_en,
message_zh, detail). A rule kind is one module under `kinds/`; `kinds/base.py` says what it must tell.
"""
