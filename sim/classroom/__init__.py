"""The classroom: a class plays one run of a scenario, commits to forecasts, and sees how lucky it was.

`log` keeps every action on the disk before it is answered. `session` makes the class from its log and
nothing else. `case` and `cards` turn what is played into triggers, `live` simulates, `server` lets
browsers in; only `server` needs starlette and uvicorn.
"""
