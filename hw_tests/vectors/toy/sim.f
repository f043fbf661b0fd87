rtl/toy_lane.v
rtl/toy_core.v
