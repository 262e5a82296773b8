"""The compiled twins of the rules and of the generator."""

from __future__ import annotations

from sim import randomness
from sim.kernels.compiled.source import rule
from sim.rules import arithmetic, combat, exits, fatigue, quit, rumour, transitions
from sim.rules import attacker as attacker_rules
from sim.rules import belief as belief_rules
from sim.rules import patron as patron_rules
from sim.rules import supply as supply_rules
from sim.rules import uprising as uprising_rules

philox = rule(randomness.philox)
to_uniform = rule(randomness.to_uniform)

exp = rule(arithmetic.exp)
probability = rule(arithmetic.probability)
relax = rule(arithmetic.relax)

belief = rule(belief_rules.belief)
allied_nation = rule(belief_rules.allied_nation)
noticed = rule(belief_rules.noticed)

fighting_men = rule(combat.fighting_men)
defence = rule(combat.defence)
pressure = rule(combat.pressure)
loss_rate = rule(combat.loss_rate)
falls = rule(combat.falls)
settling = rule(fatigue.settling)

stock = rule(supply_rules.stock)
want = rule(supply_rules.want)

support = rule(quit.support)
terms = rule(quit.terms)
index = rule(quit.index)

exposure = rule(transitions.exposure)
waver = rule(transitions.waver)
leave_rate = rule(transitions.leave_rate)
leave = rule(transitions.leave)
rally = rule(transitions.rally)
straggle = rule(transitions.straggle)

scores = rule(exits.scores)
shares = rule(exits.shares)
way = rule(exits.way)

hearing = rule(rumour.hearing)

fighting_spirit = rule(patron_rules.fighting_spirit)
commitment_target = rule(patron_rules.commitment_target)

encouraged = rule(attacker_rules.encouraged)
fading = rule(attacker_rules.fading)
speed = rule(attacker_rules.speed)
pressing = rule(attacker_rules.pressing)

hazard = rule(uprising_rules.hazard)
