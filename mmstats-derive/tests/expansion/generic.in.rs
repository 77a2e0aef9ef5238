struct Stats<T: GaugeValue, F = Counter, const N: usize = 10>
where
    F: Clone,
{
    done: Counter,
    value: Gauge<T>,
    inner: F,
    window: Timer<N>,
}
