"""The one rule of energy: from what registers showed to the energy of each month.

Pure functions over plain values. Consumption, the reading form, submissions, receipts, settlement
and the register load all ask here. Sources: Code of Commercial Metering (NERC 311/2018 as
amended): energy is the difference of two readings times the transformers' ratio; a register that
passes its last digit goes on from zero; where no reading was taken the average daily energy
counts.
"""
