"""The rule of settlement: from what registers showed to what each period is billed for.

Pure functions over plain values. Source: Code of Commercial Metering (NERC 311/2018 as amended):
8.6, who is not read in time is estimated by the operator; 9.7.2, commercial data are whole kWh.

The outcome follows from the values that were read and from which periods are settled, never from
the order in which values came. So every estimate of ours is made anew each time.
"""
